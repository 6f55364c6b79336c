//! What a message carries beside its text.

/// Something beside the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A choice the customer may press; pressing it sends `value` as an answer.
    Button {
        /// What is shown.
        label: String,
        /// What is sent.
        value: String,
    },
    /// A help-center article.
    Article {
        /// Its slug in the tenant's help center.
        slug: String,
        /// Its title.
        title: String,
        /// One or two sentences.
        excerpt: String,
        /// As the search gave it; absolute in what a channel is given to send.
        url: String,
    },
    /// Media or a file.
    Link {
        /// A name to show.
        name: String,
        /// `https` address.
        url: String,
        /// Media type if known.
        media_type: Option<String>,
    },
}

impl Part {
    /// A button.
    pub fn button(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Button { label: label.into(), value: value.into() }
    }
}

/// Into a kind's generated type.
#[cfg(target_arch = "wasm32")]
macro_rules! part_into {
    ($types:path) => {
        const _: () = {
            use $types as wire;

            impl From<crate::Part> for wire::Part {
                fn from(part: crate::Part) -> Self {
                    let extra = Vec::new();
                    match part {
                        crate::Part::Button { label, value } => {
                            Self::Button(wire::Button { label, value, extra })
                        }
                        crate::Part::Article { slug, title, excerpt, url } => {
                            Self::Article(wire::Article { slug, title, excerpt, url, extra })
                        }
                        crate::Part::Link { name, url, media_type } => {
                            Self::Link(wire::Link { name, url, media_type, extra })
                        }
                    }
                }
            }
        };
    };
}

/// From a kind's generated type; a part that this version does not know is nothing.
#[cfg(all(target_arch = "wasm32", feature = "channel"))]
macro_rules! part_from {
    ($types:path) => {
        const _: () = {
            use $types as wire;

            impl From<wire::Part> for Option<crate::Part> {
                fn from(part: wire::Part) -> Self {
                    Some(match part {
                        wire::Part::Button(b) => {
                            crate::Part::Button { label: b.label, value: b.value }
                        }
                        wire::Part::Article(a) => crate::Part::Article {
                            slug: a.slug,
                            title: a.title,
                            excerpt: a.excerpt,
                            url: a.url,
                        },
                        wire::Part::Link(l) => {
                            crate::Part::Link { name: l.name, url: l.url, media_type: l.media_type }
                        }
                        wire::Part::Other(_) => return None,
                    })
                }
            }
        };
    };
}

#[cfg(all(target_arch = "wasm32", feature = "channel"))]
pub(crate) use part_from;
#[cfg(target_arch = "wasm32")]
pub(crate) use part_into;

//! Files that a plugin brings along: custom sections `kerros:asset` of the component, each a name, a zero byte and the
//! content. They are part of what the digest covers.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmparser::{Parser, Payload};

/// The name of the custom sections.
const SECTION: &str = "kerros:asset";
/// Most files.
const MOST: usize = 256;

/// A plugin's files by name, shared by all its calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assets(Arc<BTreeMap<String, Box<[u8]>>>);

impl Assets {
    /// Reads a component's files.
    ///
    /// # Errors
    /// A name that is none, a file twice, or too many files.
    pub(crate) fn read(component: &[u8]) -> Result<Self, String> {
        let mut depth = 0_usize;
        let mut files = BTreeMap::new();
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload.map_err(|e| format!("not WebAssembly: {}", e.message()))?;
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                    let (name, content) = split(section.data())?;
                    if files.insert(name.to_owned(), content.into()).is_some() {
                        return Err(format!("asset {name:?} is there twice"));
                    }
                }
                _ => {}
            }
        }
        if files.len() > MOST {
            return Err(format!("{} assets; at most {MOST} are allowed", files.len()));
        }
        Ok(Self(Arc::new(files)))
    }

    /// A file's content.
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(AsRef::as_ref)
    }
}

fn split(data: &[u8]) -> Result<(&str, &[u8]), String> {
    let end = data.iter().position(|byte| *byte == 0);
    let (name, content) = end.map_or((&data[..0], data), |end| (&data[..end], &data[end + 1..]));
    let sane = !name.is_empty()
        && name.len() <= 200
        && name.iter().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(b));
    match str::from_utf8(name) {
        Ok(name) if sane => Ok((name, content)),
        _ => Err(format!("section {SECTION} does not begin with a file's name")),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use wasm_encoder::{Component, CustomSection};

    use super::{Assets, SECTION};

    fn component(sections: &[&[u8]]) -> Vec<u8> {
        let mut component = Component::new();
        for data in sections {
            component.section(&CustomSection { name: SECTION.into(), data: Cow::Borrowed(*data) });
        }
        component.finish()
    }

    #[test]
    fn files_are_read_by_name() {
        let bytes = component(&[b"words/fi.txt\0lasku\n", b"empty\0", b"binary\0\0\xff\0"]);
        let assets = Assets::read(&bytes).expect("assets");
        assert_eq!(assets.get("words/fi.txt"), Some(&b"lasku\n"[..]));
        assert_eq!(assets.get("empty"), Some(&b""[..]));
        assert_eq!(assets.get("binary"), Some(&b"\0\xff\0"[..]));
        assert_eq!(assets.get("words"), None);
    }

    #[test]
    fn faulty_sections_are_told() {
        for (sections, fault) in [
            (&[&b"no name"[..]][..], "does not begin with a file's name"),
            (&[b"\0x"], "does not begin with a file's name"),
            (&[b"a b\0x"], "does not begin with a file's name"),
            (&[b"a\0x", b"a\0y"], "twice"),
        ] {
            let told = Assets::read(&component(sections)).expect_err("a fault");
            assert!(told.contains(fault), "{told}");
        }
    }
}

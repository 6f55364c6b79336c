//! Lines for the operator's log. The host adds tenant, plugin and trace, and keeps at most 64 lines of 1 KiB
//! a call. Never write a customer's words or an address here. Outside Kerros the lines go to standard error.

macro_rules! levels {
    ($($(#[$doc:meta])* $level:ident;)*) => {$(
        $(#[$doc])*
        pub fn $level(message: &str) {
            #[cfg(target_arch = "wasm32")]
            wire::$level(message);
            #[cfg(not(target_arch = "wasm32"))]
            eprintln!("{}: {message}", stringify!($level));
        }
    )*};
}

levels! {
    /// Detail for the author.
    debug;
    /// Worth knowing.
    info;
    /// Odd, but it goes on.
    warn;
    /// Broken.
    error;
}

// Every world imports the same log; one enabled kind's bindings are enough.
#[cfg(target_arch = "wasm32")]
mod wire {
    #[cfg(feature = "bot")]
    pub use crate::bot::bindings::kerros::base::log::*;
    #[cfg(all(feature = "channel", not(feature = "bot")))]
    pub use crate::channel::bindings::kerros::base::log::*;
    #[cfg(all(feature = "report", not(any(feature = "bot", feature = "channel"))))]
    pub use crate::report::bindings::kerros::base::log::*;
    #[cfg(all(
        feature = "sla",
        not(any(feature = "bot", feature = "channel", feature = "report"))
    ))]
    pub use crate::sla::bindings::kerros::base::log::*;
    #[cfg(all(
        feature = "tagger",
        not(any(feature = "bot", feature = "channel", feature = "report", feature = "sla"))
    ))]
    pub use crate::tagger::bindings::kerros::base::log::*;
    #[cfg(not(any(
        feature = "bot",
        feature = "channel",
        feature = "report",
        feature = "sla",
        feature = "tagger"
    )))]
    compile_error!("enable the feature of the plugin's kind");
}

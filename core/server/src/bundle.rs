//! The first-party plugins inside the binary. The server's build script makes them from `plugins/`.

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

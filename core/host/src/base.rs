//! Bindings of what every kind shares: the error and the log.

#[allow(clippy::all, reason = "generated")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../sdk/wit/base",
        inline: "
            package kerros:host;
            world base {
                import kerros:base/types@0.1.0;
                import kerros:base/log@0.1.0;
            }
        ",
        imports: { default: trappable },
    });
}

pub(crate) use bindings::kerros;

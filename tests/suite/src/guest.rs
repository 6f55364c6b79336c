//! Hostile plugins, written by hand: a core module in text, the contract from `sdk/wit`, a manifest.

use std::borrow::Cow;
use std::path::Path;

use serde_json::{Value, json};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const ALLOC: &str = r#"
    (global $next (mut i32) (i32.const 65536))
    (func $alloc (export "cabi_realloc")
        (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.set $next (i32.add (local.get $at) (local.get $size)))
        (block $fits
            (loop $more
                (br_if $fits (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
                (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
                (br $more)))
        (local.get $at))
"#;

/// A tagger that does `body` and then suggests `refund` at 80 %.
pub fn tagger(name: &str, body: &str) -> Vec<u8> {
    tagger_version(name, "1.0.0", body)
}

/// As [`tagger`], with a version of its own.
pub fn tagger_version(name: &str, version: &str, body: &str) -> Vec<u8> {
    tagger_of(name, version, body, &json!({ "type": "object" }))
}

/// As [`tagger_version`], with a schema for its config.
pub fn tagger_of(name: &str, version: &str, body: &str, schema: &Value) -> Vec<u8> {
    let module = format!(
        r#"(module
            (memory (export "memory") 2)
            {ALLOC}
            (func (export "kerros:tagger/plugin@0.1.0#suggest") (param $in i32) (result i32)
                {body}
                (i32.const 0))
            (data (i32.const 0) "\00\00\00\00\00\00\00\00\20\00\00\00\01\00\00\00")
            (data (i32.const 32) "\40\00\00\00\06\00\00\00\50\00\00\00\00\00\00\00\00\00\00\00")
            (data (i32.const 64) "refund"))"#
    );
    component_of("tagger", name, version, &module, schema)
}

/// A bot that does `body` and has no answer.
pub fn bot(name: &str, body: &str) -> Vec<u8> {
    component("bot", name, &bot_module(body))
}

fn bot_module(body: &str) -> String {
    format!(
        r#"(module
            (memory (export "memory") 2)
            {ALLOC}
            (func (export "kerros:bot/plugin@0.1.0#take-turn") (param $in i32) (result i32)
                {body}
                unreachable))"#
    )
}

/// A bot whose manifest says that it is a tagger.
pub fn disguised(name: &str) -> Vec<u8> {
    let mut bytes = bare("bot", &bot_module(""));
    bytes.extend(described("tagger", name, "1.0.0", &json!({ "type": "object" })));
    bytes
}

/// A component of a kind from the text of its core module.
///
/// # Panics
/// When the text or the contract does not fit.
pub fn component(kind: &str, name: &str, module: &str) -> Vec<u8> {
    component_of(kind, name, "1.0.0", module, &json!({ "type": "object" }))
}

fn component_of(kind: &str, name: &str, version: &str, module: &str, schema: &Value) -> Vec<u8> {
    let mut bytes = bare(kind, module);
    bytes.extend(described(kind, name, version, schema));
    bytes
}

fn bare(kind: &str, module: &str) -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/wit");
    let mut resolve = Resolve::default();
    resolve.push_path(wit.join("base")).expect("base parses");
    let (package, _) = resolve.push_path(wit.join(kind)).expect("the kind parses");
    let world = resolve.select_world(&[package], Some(kind)).expect("the kind's world");
    let mut module = wat::parse_str(module).expect("the module is sound");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, true)
        .expect("metadata fits");
    ComponentEncoder::default()
        .module(&module)
        .expect("the module fits the world")
        .validate(true)
        .encode()
        .expect("a component")
}

/// The section that says what it is.
fn described(kind: &str, name: &str, version: &str, schema: &Value) -> Vec<u8> {
    let manifest = json!({
        "id": format!("{kind}/{name}"),
        "version": version,
        "kind": kind,
        "api": "0.1.0",
        "title": "A hostile guest",
        "config": schema,
        "example": {},
        "wants": [],
    });
    section("kerros:manifest", manifest.to_string().as_bytes())
}

fn section(name: &str, data: &[u8]) -> Vec<u8> {
    use wasm_encoder::{CustomSection, Encode};
    let mut out = vec![0];
    CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.encode(&mut out);
    out
}

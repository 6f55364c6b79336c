//! Guests written by hand: a core module in text, the contract from `sdk/wit`, a manifest. What a hostile author
//! could write, without the SDK's help.

use std::borrow::Cow;
use std::path::Path;

use kerros_host::Kind;
use serde_json::{Value, json};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// A manifest that loads.
pub fn manifest(kind: Kind, name: &str) -> Value {
    json!({
        "id": format!("{kind}/{name}"),
        "version": "1.0.0",
        "kind": kind,
        "api": "0.1.0",
        "title": "A guest",
        "config": { "type": "object" },
        "wants": match kind {
            Kind::Channel => json!(["secret"]),
            Kind::Bot => json!(["http:*", "search"]),
            Kind::Report => json!(["facts"]),
            Kind::Tagger | Kind::Sla => json!([]),
        },
    })
}

/// A component of the kind from the text of its core module.
pub fn component(kind: Kind, module: &str, manifest: &Value) -> Vec<u8> {
    let mut bytes = bare_component(kind, module);
    let section = wasm_section("kerros:manifest", manifest.to_string().as_bytes());
    bytes.extend(section);
    bytes
}

/// A component that exports nothing.
pub fn empty_component(manifest: &Value) -> Vec<u8> {
    let mut bytes = wat::parse_str("(component)").expect("sound");
    bytes.extend(wasm_section("kerros:manifest", manifest.to_string().as_bytes()));
    bytes
}

/// As [`component`], from a frozen contract.
pub fn frozen_component(folder: &str, kind: Kind, module: &str, manifest: &Value) -> Vec<u8> {
    let mut bytes = component_of("frozen/base-0.1.0", folder, kind, module);
    bytes.extend(wasm_section("kerros:manifest", manifest.to_string().as_bytes()));
    bytes
}

/// As [`component`], without a manifest.
pub fn bare_component(kind: Kind, module: &str) -> Vec<u8> {
    // A channel written by hand may keep the old contract.
    let folder = match kind {
        Kind::Channel if module.contains("@0.2.0") => "channel",
        Kind::Channel => "frozen/channel-0.1.0",
        _ => kind.as_str(),
    };
    component_of("base", folder, kind, module)
}

fn component_of(base: &str, folder: &str, kind: Kind, module: &str) -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/wit");
    let mut resolve = Resolve::default();
    resolve.push_path(wit.join(base)).expect("base parses");
    let (package, _) = resolve.push_path(wit.join(folder)).expect("the kind parses");
    let world = resolve.select_world(&[package], Some(kind.as_str())).expect("the kind's world");
    encoded(&resolve, world, module)
}

fn encoded(resolve: &Resolve, world: WorldId, module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).expect("the module is sound");
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, true)
        .expect("metadata fits");
    ComponentEncoder::default()
        .module(&module)
        .expect("the module fits the world")
        .validate(true)
        .encode()
        .expect("a component")
}

fn wasm_section(name: &str, data: &[u8]) -> Vec<u8> {
    use wasm_encoder::{CustomSection, Encode};
    let mut out = vec![0];
    CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.encode(&mut out);
    out
}

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

/// A tagger that runs `body` and answers with what lies at address 0: by default one suggestion, `refund` at 80 %.
pub fn tagger(body: &str) -> String {
    format!(
        r#"(module
            (import "kerros:base/log@0.1.0" "info" (func $info (param i32 i32)))
            (memory (export "memory") 2)
            {ALLOC}
            (global $calls (mut i32) (i32.const 0))
            (func (export "kerros:tagger/plugin@0.1.0#suggest") (param $in i32) (result i32)
                {body}
                (i32.const 0))
            (data (i32.const 0) "\00\00\00\00\00\00\00\00\20\00\00\00\01\00\00\00")
            (data (i32.const 32) "\40\00\00\00\06\00\00\00\50\00\00\00\00\00\00\00\00\00\00\00")
            (data (i32.const 64) "refund"))"#
    )
}

/// An SLA plugin that promises nothing.
pub fn sla() -> String {
    format!(
        r#"(module
            (memory (export "memory") 2)
            {ALLOC}
            (func (export "kerros:sla/plugin@0.1.0#targets") (param $in i32) (result i32) (i32.const 0)))"#
    )
}

/// A report that says that it never will.
pub fn report() -> String {
    format!(
        r#"(module
            (memory (export "memory") 2)
            {ALLOC}
            (func (export "kerros:report/plugin@0.1.0#build")
                (param i32 i32 i32 i32 i64 i64 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                (i32.const 16))
            (data (i32.const 16) "\01\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\40\00\00\00\05\00\00\00")
            (data (i32.const 64) "never"))"#
    )
}

/// A tagger that asks WASI for one moment after the other and gives none back: each is a handle in host memory.
pub fn hoarding_tagger(manifest: &Value) -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/wit");
    let mut resolve = Resolve::default();
    for (name, text) in [
        ("io.wit", "package wasi:io@0.2.0; interface poll { resource pollable; }"),
        (
            "clocks.wit",
            "package wasi:clocks@0.2.0; interface monotonic-clock {
                use wasi:io/poll@0.2.0.{pollable};
                subscribe-duration: func(when: u64) -> pollable;
            }",
        ),
    ] {
        resolve.push_str(name, text).expect("WASI parses");
    }
    resolve.push_path(wit.join("base")).expect("base parses");
    resolve.push_path(wit.join("tagger")).expect("the kind parses");
    let package = resolve
        .push_str(
            "hoard.wit",
            "package test:hoard; world hoard {
                include kerros:tagger/tagger@0.1.0;
                import wasi:clocks/monotonic-clock@0.2.0;
            }",
        )
        .expect("the world parses");
    let world = resolve.select_world(&[package], Some("hoard")).expect("a world");
    let module = tagger("(loop $l (drop (call $moment (i64.const 0))) (br $l))").replacen(
        "(module",
        "(module (import \"wasi:clocks/monotonic-clock@0.2.0\" \"subscribe-duration\"
            (func $moment (param i64) (result i32)))",
        1,
    );
    let mut bytes = encoded(&resolve, world, &module);
    bytes.extend(wasm_section("kerros:manifest", manifest.to_string().as_bytes()));
    bytes
}

/// A channel that accepts a raw thing if the body begins with the MAC of its rest under the secret `hook`: a MAC of
/// `length` bytes by `algorithm`, in the given version of the contract.
pub fn signed_channel(version: &str, algorithm: &str, length: u32) -> String {
    let other = match version {
        "0.1.0" => {
            r#"(func (export "kerros:channel/plugin@0.1.0#settle") (param i32) (result i32) unreachable)"#
        }
        _ => {
            r#"(func (export "kerros:channel/plugin@0.2.0#fetch")
                (param i32 i32 i32 i32 i32 i32) (result i32) unreachable)"#
        }
    };
    let name = algorithm.len();
    format!(
        r#"(module
            (import "kerros:channel/secret-mac@{version}" "verify"
                (func $verify (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 2)
            {ALLOC}
            (func (export "kerros:channel/plugin@{version}#receive") (param $in i32) (result i32)
                (local $body i32)
                (local.set $body (i32.load offset=48 (local.get $in)))
                (call $verify
                    (i32.const 100) (i32.const 4) (i32.const 104) (i32.const {name})
                    (i32.add (local.get $body) (i32.const {length}))
                    (i32.sub (i32.load offset=52 (local.get $in)) (i32.const {length}))
                    (local.get $body) (i32.const {length}))
                (if (result i32) (then (i32.const 0)) (else (i32.const 200))))
            (func (export "kerros:channel/plugin@{version}#send") (param i32) (result i32) unreachable)
            {other}
            (data (i32.const 100) "hook{algorithm}")
            (data (i32.const 208) "\01\00\00\00\f0\00\00\00\05\00\00\00")
            (data (i32.const 240) "wrong"))"#
    )
}

/// A bot that asks for `https://example.com/` and hands off if it gets an answer, else says `permanent`.
pub fn asking_bot(before: &str) -> String {
    format!(
        r#"(module
            (import "kerros:bot/http@0.1.0" "perform"
                (func $perform (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
            (memory (export "memory") 2)
            {ALLOC}
            (func (export "kerros:bot/plugin@0.1.0#take-turn") (param $in i32) (result i32)
                {before}
                (call $perform
                    (i32.const 100) (i32.const 3) (i32.const 104) (i32.const 20)
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0) (i32.const 300))
                (if (result i32) (i32.eqz (i32.load8_u (i32.const 300)))
                    (then (i32.const 400)) (else (i32.const 600))))
            (data (i32.const 100) "GET https://example.com/")
            (data (i32.const 400) "\00\00\00\00\00\00\00\00\00\02\00\00\01\00\00\00")
            (data (i32.const 600) "\01\00\00\00\00\00\00\00\02\00\00\00\00\00\00\00\e0\02\00\00\04\00\00\00")
            (data (i32.const 512) "\05\00\00\00")
            (data (i32.const 736) "lost"))"#
    )
}

//! JavaScript and Python plugins: the author's module, our glue and the kind's world become a component.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ear::Ear;
use crate::lang::Lang;
use crate::manifest::Manifest;
use crate::world::{self, WORLD, World};
use crate::{BuildError, io, tools};

/// Makes the component, without its manifest yet. Tools work in `work`.
pub(crate) fn componentize(
    lang: Lang,
    dir: &Path,
    manifest: &Manifest,
    work: &Path,
    ear: &mut Ear,
) -> Result<Vec<u8>, BuildError> {
    std::fs::create_dir_all(work).map_err(io(work))?;
    let world = world::write(dir, manifest, work)?;
    let out = work.join("component.wasm");
    let done = match lang {
        Lang::Python => python(dir, manifest, work, &world, &out, ear)?,
        Lang::Js | Lang::Rust => js(dir, manifest, &world, &out, ear)?,
    };
    if !done {
        return Err(BuildError::Script { lang, what: dir.display().to_string() });
    }
    std::fs::read(&out).map_err(io(&out))
}

fn js(
    dir: &Path,
    manifest: &Manifest,
    world: &World,
    out: &Path,
    ear: &mut Ear,
) -> Result<bool, BuildError> {
    let tools = tools::js()?;
    let mut source = String::new();
    for import in &world.imports {
        source.push_str(&format!("import {} from {:?};\n", import.name, import.interface));
    }
    let names: Vec<&str> = world.imports.iter().map(|import| import.name).collect();
    source.push_str(&format!(
        "import author from \"./plugin.js\";\nimport {{ expose }} from \"./sdk/kerros/{}.js\";\n\
         export const plugin = expose(author, {{ {} }});\n",
        manifest.kind,
        names.join(", ")
    ));
    // It must lie in the plugin's folder while the tool looks up its imports.
    let entry = Entry(dir.join(".kerros-entry.js"));
    std::fs::write(&entry.0, &source).map_err(io(&entry.0))?;
    let ask = serde_json::json!({
        "wit": world.wit, "world": WORLD, "source": source, "path": entry.0, "root": dir, "out": out,
    });
    let mut call = Command::new(&tools.node);
    call.arg(tools.folder.join("build.mjs")).current_dir(dir);
    call.stdin(Stdio::piped()).stdout(Stdio::null()).env("RUST_BACKTRACE", "0");
    let ended = ear.hear_telling(&mut call, ask.to_string().as_bytes());
    Ok(ended.map_err(io(&tools.node))?.success())
}

/// A file that is gone when the build is over.
struct Entry(PathBuf);

impl Drop for Entry {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn python(
    dir: &Path,
    manifest: &Manifest,
    work: &Path,
    world: &World,
    out: &Path,
    ear: &mut Ear,
) -> Result<bool, BuildError> {
    let tool = tools::python()?;
    let glue = work.join("glue");
    std::fs::create_dir_all(&glue).map_err(io(&glue))?;
    let entry = glue.join("kerros_entry.py");
    let text = format!(
        "import plugin\nfrom kerros import _{}\n\nPlugin = _{}.expose(plugin)\n",
        manifest.kind, manifest.kind
    );
    std::fs::write(&entry, text).map_err(io(&entry))?;
    let mut call = Command::new(&tool);
    call.arg("-d").arg(&world.wit).args(["-w", WORLD, "componentize"]);
    call.arg("-p").arg(&glue).arg("-p").arg(dir).arg("-p").arg(dir.join("sdk"));
    call.arg("-o").arg(out).arg("kerros_entry");
    // The author's own packages, if there are any; else none, whatever this machine has.
    let venv = dir.join(".venv");
    let none = tool.parent().and_then(Path::parent).unwrap_or(dir);
    call.env("VIRTUAL_ENV", if venv.is_dir() { &venv } else { none });
    call.env("PYTHONDONTWRITEBYTECODE", "1").env("RUST_BACKTRACE", "0").env_remove("PYTHONPATH");
    call.current_dir(dir).stdin(Stdio::null()).stdout(Stdio::null());
    Ok(ear.hear(&mut call).map_err(io(&tool))?.success())
}

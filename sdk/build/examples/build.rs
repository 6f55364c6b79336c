//! `cargo run -p kerros-build --example build -- plugins target/kerros-plugins-out`: builds a plugins workspace, as the
//! server's build script does, and prints sizes and imports.

use std::io::Write as _;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(plugins), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("give the plugins folder and an output folder".into());
    };
    std::fs::create_dir_all(&out)?;
    let mut stdout = std::io::stdout();
    let toolchain = kerros_build::toolchain::Toolchain::find()?;
    writeln!(stdout, "{}", toolchain.describe())?;
    for plugin in kerros_build::bundle(&plugins, &out)? {
        let wasm = std::fs::read(&plugin.path)?;
        let imports = kerros_build::component::imports(&wasm).join(" ");
        writeln!(stdout, "{:24} {:7} bytes  {imports}", plugin.id, wasm.len())?;
    }
    Ok(())
}

//! Lists the built files of the task page, which become part of the binary. They are checked in, so
//! that building the binary needs no Node.js.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

const BUILT_PAGE: &str = "../../examples/web/dist";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={BUILT_PAGE}");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?)
        .join(BUILT_PAGE)
        .canonicalize()?;
    let mut entries = String::from("&[\n");
    for file in files_below(&folder)? {
        let name = file
            .strip_prefix(&folder)?
            .to_str()
            .ok_or("a file's name is not UTF-8")?;
        let path = file.to_str().ok_or("the checkout's path is not UTF-8")?;
        writeln!(entries, "    ({name:?}, include_bytes!({path:?})),")?;
    }
    entries += "]\n";
    let list = Path::new(&env::var("OUT_DIR")?).join("web_page_files.rs");
    Ok(fs::write(list, entries)?)
}

/// Every file below the folder, in a stable order.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

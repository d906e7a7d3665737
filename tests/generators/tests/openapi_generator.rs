//! The clients that openapi-generator makes: each is compiled or imported as far as its libraries can be
//! had, and two of them call a server.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use macro_rules_attribute::apply;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::process::succeed;
use tempfile::TempDir;

use crate::tools::{document, node, package, program, python, script};

/// Where Debian keeps the sources of Go libraries.
const GO_LIBRARIES: &str = "/usr/share/gocode";

/// The least number of files with the most frequent ending that a client of the whole document has.
const FEWEST_FILES: usize = 40;

#[apply(both_stores)]
async fn the_python_client_can_be_imported_and_calls(app: &App) {
    let client = generate("python", &[]).await;
    let mut call = python("python");
    call.arg(script("call.py"));
    let said = succeed(call.arg(client.path()).arg(app.url())).await;
    assert!(said.contains("the calls were answered"), "{said}");
}

#[apply(both_stores)]
async fn the_fetch_client_is_well_typed_and_calls(app: &App) {
    let client = generate("typescript-fetch", &[]).await;
    let program_file = client.path().join("call.ts");
    fs::copy(script("call.ts"), &program_file).expect("the script can be copied");
    let mut compile = typescript(&client);
    compile.args(["--module", "commonjs", "--outDir", "built"]);
    succeed(compile.arg(program_file)).await;
    let mut call = program("node");
    call.arg(client.path().join("built/call.js"));
    let said = succeed(call.arg(app.url())).await;
    assert!(said.contains("the calls were answered"), "{said}");
}

#[tokio::test]
async fn the_axios_client_is_well_typed() {
    let client = generate("typescript-axios", &[]).await;
    let mut check = typescript(&client);
    check.args(["--noEmit", "--module", "esnext"]);
    check.args(["--moduleResolution", "bundler", "client/index.ts"]);
    succeed(&mut check).await;
}

/// Debian has the one library that it imports; elsewhere Go fetches that.
#[tokio::test]
async fn the_go_client_compiles() {
    let client = generate("go", &[]).await;
    let mut vet = program("go");
    vet.args(["vet", "."]).current_dir(client.path());
    if Path::new(GO_LIBRARIES)
        .join("src/gopkg.in/validator.v2")
        .is_dir()
    {
        vet.env("GO111MODULE", "off").env("GOPATH", GO_LIBRARIES);
    } else {
        vet.env("GOFLAGS", "-mod=mod");
    }
    succeed(&mut vet).await;
}

/// With the library "native", whose dependencies are among the generator's own.
#[tokio::test]
async fn the_java_client_compiles() {
    let options = [
        "--library=native",
        "--additional-properties=openApiNullable=false,annotationLibrary=none",
    ];
    let client = generate("java", &options).await;
    let mut compile = program("javac");
    compile.args(["-nowarn", "-proc:none", "-d", "built", "-classpath"]);
    compile.arg(libraries().await).arg(script("Generated.java"));
    let sources = files(&client.path().join("src/main"), "java");
    succeed(compile.args(sources).current_dir(client.path())).await;
}

/// Its models alone: what sends the requests needs libraries that only Maven's repository has.
#[tokio::test]
async fn the_kotlin_models_compile() {
    let options = [
        "--additional-properties=serializationLibrary=jackson",
        "--global-property=models,modelDocs=false,modelTests=false",
    ];
    let client = generate("kotlin", &options).await;
    let compiler = package().join("node_modules/kotlin-compiler/lib");
    let sources = files(client.path(), "kt");
    let mut compile = program("java");
    compile
        .arg("-classpath")
        .arg(compiler.join("*"))
        .arg("org.jetbrains.kotlin.cli.jvm.K2JVMCompiler")
        .args(["-no-reflect", "-d", "built", "-classpath"])
        .arg(libraries().await)
        .args(sources)
        .current_dir(client.path());
    succeed(&mut compile).await;
}

/// It is not compiled: its libraries, and the compiler, come from `NuGet` alone.
#[tokio::test]
async fn the_csharp_client_is_generated() {
    let client = generate("csharp", &[]).await;
    files(&client.path().join("src"), "cs");
}

/// A client of the whole document.
async fn generate(generator: &str, options: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let output = if generator.starts_with("typescript") {
        std::os::unix::fs::symlink(
            package().join("node_modules"),
            folder.path().join("node_modules"),
        )
        .expect("the packages of Node.js can be linked");
        folder.path().join("client")
    } else {
        folder.path().to_owned()
    };
    let mut generate = python("openapi-generator-cli");
    generate
        .args(["generate", "--generator-name", generator, "--input-spec"])
        .arg(document())
        .arg("--output")
        .arg(output)
        .args(options);
    succeed(&mut generate).await;
    folder
}

/// TypeScript's compiler, in a client's folder.
fn typescript(client: &TempDir) -> tokio::process::Command {
    let mut compiler = node("typescript/bin/tsc");
    compiler
        .args(["--strict", "--skipLibCheck", "--target", "es2022"])
        .current_dir(client.path());
    compiler
}

/// The generator itself, which brings what the clients import.
async fn libraries() -> OsString {
    let mut ask = python("python");
    ask.args([
        "-c",
        "import openapi_generator_cli; print(*openapi_generator_cli.__path__)",
    ]);
    let folder = succeed(&mut ask).await;
    Path::new(folder.trim())
        .join("openapi-generator.jar")
        .into_os_string()
}

/// All files with this ending in the folder, and in those within it.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the client has the folder") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == ending)
            {
                found.push(path);
            }
        }
    }
    assert!(found.len() >= FEWEST_FILES, "only {found:?}");
    found
}

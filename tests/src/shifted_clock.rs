//! A clock that jumps, for one run of the program and nobody else.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::program::Program;

/// What is preloaded: Linux lets a library go before the system's own.
const SOURCE: &str = include_str!("shifted_clock.c");

/// A clock beside the machine's, by default right.
#[derive(Debug)]
pub struct ShiftedClock {
    folder: TempDir,
}

impl ShiftedClock {
    /// Compiles what is preloaded, with the C compiler that building the program needs, too.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let clock = Self { folder };
        let source = clock.folder.path().join("shifted_clock.c");
        fs::write(&source, SOURCE).expect("a file can be written");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(clock.library())
            .arg(&source)
            .status()
            .expect("there is a C compiler");
        assert!(compiled.success(), "the clock cannot be compiled");
        clock.set(0);
        clock
    }

    /// Sets it to this many seconds from now, in the middle of whatever looks at it.
    pub fn set(&self, seconds: i64) {
        let next = self.folder.path().join("next");
        fs::write(&next, seconds.to_string()).expect("a file can be written");
        // Nobody reads half a number.
        fs::rename(next, self.shift()).expect("a file can be renamed");
    }

    /// The program, which takes this clock for the machine's.
    pub fn shown_to(&self, program: Program) -> Program {
        let text = |path: PathBuf| path.into_os_string().into_string().expect("it is UTF-8");
        program
            .variable("LD_PRELOAD", &text(self.library()))
            .variable("CLOCK_SHIFT_FILE", &text(self.shift()))
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("shifted_clock.so")
    }

    fn shift(&self) -> PathBuf {
        self.folder.path().join("shift")
    }
}

impl Default for ShiftedClock {
    fn default() -> Self {
        Self::new()
    }
}

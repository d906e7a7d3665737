//! The secret that development makes for itself, and keeps.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;
use secrecy::SecretString;
use tempfile::NamedTempFile;

use super::Settings;
use super::secret::{SHORTEST_SECRET, is_long_enough};

/// The file's name, beside the data.
const FILE_NAME: &str = "signing.secret";

/// The most that is read of the file: far beyond every sensible secret.
const LONGEST_FILE: u64 = 4096;

/// What local tokens are signed with.
#[derive(Debug, Clone)]
pub enum SigningKey {
    /// A shared secret, for HS256.
    Secret(SecretString),
    /// A file with an Ed25519 private key.
    PrivateKeyFile(PathBuf),
}

/// Why there is no secret to sign with. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SigningSecretError {
    /// The file cannot be read or made.
    #[error("cannot keep a signing secret in {}: {source}; or set auth.secret", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no random bytes.
    #[error("cannot make a signing secret: {0}")]
    Random(#[from] rand::rngs::SysError),
    /// Others may read or change the file.
    #[error(
        "{path} is open to others (mode {mode:04o}): `chmod 600 {path}` if nobody read it, \
         else delete it",
        path = path.display()
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds too little.
    #[error(
        "{} holds no secret of at least 32 bytes: delete it and a new one is made, or set \
         auth.secret", path.display()
    )]
    TooShort {
        /// The file.
        path: PathBuf,
    },
}

/// See [`Settings::signing_key`].
pub(super) fn signing_key(settings: &Settings) -> Result<SigningKey, SigningSecretError> {
    if let Some(key) = configured(settings) {
        return Ok(key);
    }
    let path = path(settings);
    let secret = kept(&path)?;
    tracing::warn!(
        file = %path.display(),
        "auth.secret is not set: local tokens are signed with a secret made for development"
    );
    Ok(SigningKey::Secret(secret))
}

/// See [`Settings::kept_signing_key`].
pub(super) fn kept_signing_key(
    settings: &Settings,
) -> Result<Option<SigningKey>, SigningSecretError> {
    match configured(settings) {
        Some(key) => Ok(Some(key)),
        None => Ok(read(&path(settings))?.map(SigningKey::Secret)),
    }
}

fn configured(settings: &Settings) -> Option<SigningKey> {
    let auth = &settings.auth;
    let file = auth
        .private_key_file
        .clone()
        .map(SigningKey::PrivateKeyFile);
    file.or_else(|| auth.secret.clone().map(SigningKey::Secret))
}

fn path(settings: &Settings) -> PathBuf {
    settings.database.url.data_folder().join(FILE_NAME)
}

/// The secret in the file, which is made first if it is missing.
fn kept(path: &Path) -> Result<SecretString, SigningSecretError> {
    if let Some(secret) = read(path)? {
        return Ok(secret);
    }
    make(path)?;
    read(path)?.ok_or_else(|| failed(path)(io::ErrorKind::NotFound.into()))
}

fn read(path: &Path) -> Result<Option<SecretString>, SigningSecretError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path)(error)),
    };
    refuse_open_file(path, &file)?;
    let mut text = String::new();
    file.take(LONGEST_FILE)
        .read_to_string(&mut text)
        .map_err(failed(path))?;
    let secret = SecretString::from(text.trim());
    if is_long_enough(&secret) {
        Ok(Some(secret))
    } else {
        Err(SigningSecretError::TooShort {
            path: path.to_owned(),
        })
    }
}

#[cfg(unix)]
fn refuse_open_file(path: &Path, file: &File) -> Result<(), SigningSecretError> {
    use std::os::unix::fs::PermissionsExt;

    let mode = file.metadata().map_err(failed(path))?.permissions().mode() & 0o7777;
    let of_others = mode & 0o077;
    if of_others == 0 {
        Ok(())
    } else {
        Err(SigningSecretError::OpenToOthers {
            path: path.to_owned(),
            mode,
        })
    }
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape it has where files have modes"
)]
fn refuse_open_file(_: &Path, _: &File) -> Result<(), SigningSecretError> {
    Ok(())
}

/// Writes a fresh secret elsewhere and then gives it the name, unless somebody was faster: nobody
/// ever reads half a secret, and all who start at once read the same.
fn make(path: &Path) -> Result<(), SigningSecretError> {
    let mut bytes = [0; SHORTEST_SECRET];
    SysRng.try_fill_bytes(&mut bytes)?;

    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed(path))?;
    // A temporary file is open to its owner alone from the start.
    let mut file = NamedTempFile::new_in(folder).map_err(failed(path))?;
    writeln!(file, "{}", URL_SAFE_NO_PAD.encode(bytes)).map_err(failed(path))?;
    file.as_file().sync_all().map_err(failed(path))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(refused) => Err(failed(path)(refused.error)),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> SigningSecretError {
    move |source| SigningSecretError::Io {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Barrier;
    use std::thread;

    use secrecy::ExposeSecret;
    use tempfile::TempDir;

    use super::*;

    fn folder() -> TempDir {
        tempfile::tempdir().unwrap()
    }

    fn write(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_secret_is_made_once_and_kept_for_its_owner_alone() {
        let folder = folder();
        let path = folder.path().join("data/signing.secret");
        let made = kept(&path).unwrap();
        assert!(made.expose_secret().len() >= 32);
        assert_eq!(kept(&path).unwrap().expose_secret(), made.expose_secret());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
            0o600
        );
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left over"
        );
    }

    #[test]
    fn two_installations_have_two_secrets() {
        let (one, other) = (folder(), folder());
        let secret = |folder: &TempDir| kept(&folder.path().join(FILE_NAME)).unwrap();
        assert_ne!(secret(&one).expose_secret(), secret(&other).expose_secret());
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_secret() {
        const PROCESSES: usize = 16;
        for _ in 0..20 {
            let folder = folder();
            let path = folder.path().join("data/signing.secret");
            let start = Barrier::new(PROCESSES);
            let secrets: Vec<String> = thread::scope(|scope| {
                let started: Vec<_> = (0..PROCESSES)
                    .map(|_| {
                        scope.spawn(|| {
                            start.wait();
                            kept(&path).unwrap().expose_secret().to_owned()
                        })
                    })
                    .collect();
                started
                    .into_iter()
                    .map(|process| process.join().unwrap())
                    .collect()
            });
            assert!(secrets.iter().all(|secret| *secret == secrets[0]));
            assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = folder();
        let path = folder.path().join(FILE_NAME);
        for mode in [0o640, 0o604, 0o644, 0o620, 0o666] {
            write(&path, &"s".repeat(43), mode);
            let error = kept(&path).unwrap_err();
            assert!(
                matches!(error, SigningSecretError::OpenToOthers { .. }),
                "{mode:o}"
            );
            assert!(
                error.to_string().contains(&format!("{mode:04o}")),
                "{error}"
            );
            assert!(!error.to_string().contains('\n') && !error.to_string().contains("sss"));
        }
    }

    #[test]
    fn a_file_that_holds_too_little_is_refused() {
        let folder = folder();
        let path = folder.path().join(FILE_NAME);
        for text in ["", "\n", &format!("{}\n", "s".repeat(31)), &" ".repeat(64)] {
            write(&path, text, 0o600);
            let error = kept(&path).unwrap_err();
            assert!(
                matches!(error, SigningSecretError::TooShort { .. }),
                "{text:?}"
            );
            assert!(!error.to_string().contains("sss"));
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_one_clear_line() {
        let folder = folder();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = kept(&file.join(FILE_NAME)).unwrap_err().to_string();
        assert!(
            error.starts_with("cannot keep a signing secret in "),
            "{error}"
        );
    }
}

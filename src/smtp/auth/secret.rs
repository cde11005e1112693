//! Fetches a password or a token from where it is kept, at the moment it is needed.

use std::path::Path;

use secrecy::SecretString;

use super::command::{self, first_line};
use super::mechanism::Kind;
use crate::mail::smarthost::Secret;
use crate::smtp::private;

/// What kind of secret this source gives.
pub(crate) const fn kind(secret: &Secret) -> Kind {
    match secret {
        Secret::Token(_) => Kind::Token,
        Secret::Certificate => Kind::Certificate,
        Secret::Value(_) | Secret::Command(_) | Secret::File(_) => Kind::Password,
    }
}

/// The secret; an empty one where the client certificate stands for it.
///
/// # Errors
/// Words that name the remedy, and never hold the secret.
pub(crate) async fn fetch(secret: &Secret) -> Result<SecretString, String> {
    match secret {
        Secret::Value(value) => Ok(value.clone()),
        Secret::Command(line) => command::run("password command", line).await,
        Secret::Token(line) => command::run("token command", line).await,
        Secret::Certificate => Ok(SecretString::default()),
        Secret::File(path) => {
            let path = path.clone();
            let read = tokio::task::spawn_blocking(move || {
                from_file(&path)
                    .map_err(|words| format!("password_file {}: {words}", path.display()))
            });
            read.await.unwrap_or_else(|error| {
                Err(format!("the password file could not be read: {error}"))
            })
        }
    }
}

fn from_file(path: &Path) -> Result<SecretString, String> {
    let octets = private::read(path)?;
    let line = first_line(&octets);
    if line.is_empty() {
        return Err("its first line is empty".to_owned());
    }
    std::str::from_utf8(line)
        .map(SecretString::from)
        .map_err(|_| "it is not UTF-8".to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;

    #[tokio::test]
    async fn a_password_file_must_be_one_s_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        std::fs::write(&path, "hunter2\r\nmore\n").expect("written");
        let secret = Secret::File(path.clone());
        for (mode, good) in [(0o600, true), (0o640, false)] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&path, permissions).expect("changed");
            match fetch(&secret).await {
                Ok(password) => {
                    assert!(good);
                    assert_eq!(password.expose_secret(), "hunter2");
                }
                Err(words) => {
                    assert!(!good && words.contains("chmod 600"), "{words}");
                    assert!(words.contains("password_file") && !words.contains("hunter2"));
                }
            }
        }
    }
}

//! Fetches a password from where it is kept, at the moment it is needed.

use std::process::Stdio;
use std::time::Duration;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

use crate::mail::clean::Clean;
use crate::mail::smarthost::Secret;

/// How long a password command may run.
const LIMIT: Duration = Duration::from_secs(30);
/// Octets read of what it prints; a password's first line is shorter.
const ROOM: usize = 8192;

/// The password.
///
/// # Errors
/// Words that name the remedy: the command's exit status and the first line of its standard error, never its output.
pub(crate) async fn fetch(secret: &Secret) -> Result<SecretString, String> {
    match secret {
        Secret::Value(value) => Ok(value.clone()),
        Secret::Command(command) => timeout(LIMIT, run(command)).await.unwrap_or_else(|_| {
            Err(format!(
                "the password command did not finish within {} s",
                LIMIT.as_secs()
            ))
        }),
    }
}

fn shell(command: &str) -> Command {
    let (program, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut shell = Command::new(program);
    shell.arg(flag).arg(command);
    shell
}

async fn run(command: &str) -> Result<SecretString, String> {
    let failed = |error: std::io::Error| format!("the password command cannot be run: {error}");
    let mut child = shell(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let (output, errors) =
        tokio::join!(start_of(child.stdout.take()), start_of(child.stderr.take()));
    let status = child.wait().await.map_err(failed)?;
    if !status.success() {
        let words = Clean::from_bytes(first_line(&errors));
        let words = if words.is_empty() {
            "it says nothing"
        } else {
            &words
        };
        return Err(format!("the password command failed ({status}): {words}"));
    }
    let line = first_line(&output);
    if line.is_empty() {
        return Err("the password command printed nothing on its first line".to_owned());
    }
    if line.len() == ROOM {
        return Err("the password command printed a line that is too long".to_owned());
    }
    std::str::from_utf8(line)
        .map(SecretString::from)
        .map_err(|_| "the password command printed what is not UTF-8".to_owned())
}

/// The first octets of a stream; the rest is read and dropped, so that the command can finish. The room is reserved at
/// once: growing would leave copies behind.
async fn start_of(stream: Option<impl AsyncRead + Unpin>) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(vec![0; ROOM]);
    let mut surplus = Zeroizing::new([0; 512]);
    let mut have = 0;
    if let Some(mut stream) = stream {
        loop {
            let space = bytes.get_mut(have..).filter(|space| !space.is_empty());
            let full = space.is_none();
            match stream.read(space.unwrap_or(&mut surplus[..])).await {
                Ok(0) | Err(_) => break,
                Ok(count) => have += if full { 0 } else { count },
            }
        }
    }
    bytes.truncate(have);
    bytes
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(all(test, unix))]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    async fn from(command: &str) -> Result<String, String> {
        let secret = fetch(&Secret::Command(command.to_owned())).await?;
        Ok(secret.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn only_the_first_line_counts() {
        assert_eq!(
            from("printf 'pass word\\nuser: me\\n'").await,
            Ok("pass word".into())
        );
        assert_eq!(from("printf 'no end'").await, Ok("no end".into()));
    }

    #[tokio::test]
    async fn a_failure_tells_the_error_and_never_the_output() {
        let words = from("echo s3cret; echo 'no key\nmore' >&2; exit 3")
            .await
            .expect_err("failed");
        assert!(words.contains("no key") && words.contains('3'), "{words}");
        assert!(
            !words.contains("s3cret") && !words.contains("more"),
            "{words}"
        );
        assert!(
            from("true")
                .await
                .is_err_and(|words| words.contains("nothing"))
        );
        let long = from("head -c 9000 /dev/zero | tr '\\0' x").await;
        assert!(long.is_err_and(|words| words.contains("too long")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_hangs_is_given_up() {
        let begun = tokio::time::Instant::now();
        assert!(
            from("exec sleep 1000")
                .await
                .is_err_and(|words| words.contains("30 s"))
        );
        assert_eq!(begun.elapsed(), LIMIT);
    }
}

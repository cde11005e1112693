//! Runs a command that prints a secret, and ends it with everything it has started where it takes too long.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

use crate::mail::clean::Clean;
use crate::smtp::group::Group;

/// How long a command may run.
const LIMIT: Duration = Duration::from_secs(30);
/// Octets read of what it prints. A token may have thousands; a password's first line is shorter.
const ROOM: usize = 16 * 1024;

/// The first line that a shell command prints. `what` names the setting in words.
///
/// # Errors
/// Words that name the remedy: the command's exit status and the first line of its standard error, never its output.
pub(super) async fn run(what: &str, command: &str) -> Result<SecretString, String> {
    let mut group = Group::spawn(command, Stdio::null())
        .map_err(|error| format!("the {what} cannot be run: {error}"))?;
    let finished = timeout(LIMIT, finish(&mut group)).await;
    let Ok(finished) = finished else {
        // Dropping the group kills it.
        return Err(format!(
            "the {what} did not finish within {} s and was killed",
            LIMIT.as_secs()
        ));
    };
    let (status, output, errors) =
        finished.map_err(|error| format!("the {what} cannot be run: {error}"))?;
    if !status.success() {
        let words = Clean::from_bytes(first_line(&errors));
        let words = if words.is_empty() {
            "it says nothing"
        } else {
            &words
        };
        return Err(format!("the {what} failed ({status}): {words}"));
    }
    let line = first_line(&output);
    if line.is_empty() {
        return Err(format!("the {what} printed nothing on its first line"));
    }
    if line.len() == ROOM {
        return Err(format!("the {what} printed a line that is too long"));
    }
    std::str::from_utf8(line)
        .map(SecretString::from)
        .map_err(|_| format!("the {what} printed what is not UTF-8"))
}

type Output = (ExitStatus, Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>);

async fn finish(group: &mut Group) -> std::io::Result<Output> {
    let child = group.child();
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let (output, errors) = tokio::join!(start_of(output), start_of(errors));
    let status = child.wait().await?;
    Ok((status, output, errors))
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

/// The first line without its line end.
pub(super) fn first_line(bytes: &[u8]) -> &[u8] {
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
        let secret = run("password command", command).await?;
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
        let nothing = from("true").await;
        assert!(nothing.is_err_and(|words| words.contains("nothing")));
        let long = from("head -c 17000 /dev/zero | tr '\\0' x").await;
        assert!(long.is_err_and(|words| words.contains("too long")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_hangs_is_killed_with_all_it_has_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pid");
        // The grandchild holds the pipe open, as a forgotten agent does.
        let command = format!("echo $$ > {}; sleep 1000 & sleep 1000", file.display());
        let begun = tokio::time::Instant::now();
        let hung = tokio::spawn(async move { from(&command).await });
        let leader = loop {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if text.ends_with('\n') {
                break text.trim().to_owned();
            }
            std::thread::sleep(Duration::from_millis(5));
            tokio::task::yield_now().await;
        };
        let words = hung.await.expect("no panic").expect_err("killed");
        assert!(words.contains("30 s and was killed"), "{words}");
        assert!(begun.elapsed() >= LIMIT);
        // Those that only wait to be buried do not count.
        let lives = || {
            let mut ps = std::process::Command::new("ps");
            let listed = ps.args(["-A", "-o", "pgid=,stat="]).output().expect("ps");
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            assert!(listed.lines().count() > 1, "nothing is listed");
            listed.lines().any(|line| {
                let mut words = line.split_whitespace();
                words.next() == Some(leader.as_str()) && !words.any(|stat| stat.starts_with('Z'))
            })
        };
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        while lives() {
            assert!(std::time::Instant::now() < deadline, "it lives on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

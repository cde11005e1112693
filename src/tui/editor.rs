//! The person's own editor: gets the text in a file, and gives it back.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tokio::process::Command;
use uuid::Uuid;

/// The command of the editor: `$VISUAL`, else `$EDITOR`, else vi.
fn command() -> OsString {
    ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|command| !command.is_empty())
        .unwrap_or_else(|| "vi".into())
}

/// A file with the text that nobody else can read; gone when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(text: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("turbomail-{}.txt", Uuid::now_v7()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let scratch = Self(path);
        file.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // An editor may have taken it away already.
        let _ = fs::remove_file(&self.0);
    }
}

/// The largest text that is taken back, in octets.
const LIMIT: u64 = 8 * 1024 * 1024;

/// Has the text edited. The terminal must be free.
///
/// # Errors
/// Why the old text is to stay: the editor could not be started, or ended with a failure, as vi's `:cq` does on purpose.
pub(super) async fn edit(text: &str) -> Result<String, String> {
    run(&command(), text).await
}

async fn run(command: &OsString, text: &str) -> Result<String, String> {
    let name = command.to_string_lossy().into_owned();
    let scratch = Scratch::new(text).map_err(|error| format!("no file for the editor: {error}"))?;
    // The variable may hold arguments: a shell takes it apart, and the path stays one word.
    let mut shell = OsString::from(command);
    shell.push(" \"$1\"");
    let status = Command::new("sh")
        .arg("-c")
        .arg(shell)
        .arg("sh")
        .arg(&scratch.0)
        .status()
        .await;
    let status = status.map_err(|error| format!("{name} could not be started: {error}"))?;
    if !status.success() {
        return Err(format!("{name} ended with {status}; the text is as it was"));
    }
    read(&scratch.0).map_err(|error| {
        format!("what {name} wrote cannot be read: {error}; the text is as it was")
    })
}

fn read(path: &Path) -> io::Result<String> {
    let size = fs::metadata(path)?.len();
    if size > LIMIT {
        let words = format!("it has {size} octets, more than {LIMIT}; attach it as a file");
        return Err(io::Error::other(words));
    }
    let bytes = fs::read(path)?;
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_text_comes_back_changed() {
        let edited = run(&"sed -i s/one/two/".into(), "one\n").await;
        assert_eq!(edited, Ok("two\n".into()));
    }

    #[tokio::test]
    async fn a_failing_editor_changes_nothing() {
        for command in ["false", "sh -c 'exit 3'", "no-such-editor-at-all"] {
            let error = run(&command.into(), "one").await.expect_err(command);
            assert!(error.contains("as it was"), "{error}");
        }
        let error = run(&"printf '\\377' >".into(), "one")
            .await
            .expect_err("no text");
        assert!(error.contains("not UTF-8"), "{error}");
    }
}

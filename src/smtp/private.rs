//! Reads files that hold a secret, and refuses those that others may read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

/// Octets that are read; keys and passwords are smaller.
const ROOM: usize = 64 * 1024;

/// The file's octets.
///
/// # Errors
/// Words that name the remedy; the caller names the file.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let cannot = |error: std::io::Error| format!("it cannot be read: {error}");
    // Opening a FIFO or a device may wait for ever.
    if !std::fs::metadata(path).map_err(cannot)?.is_file() {
        return Err("it is no plain file".to_owned());
    }
    let mut file = File::open(path).map_err(cannot)?;
    // Asked of the open file: the name may by now be another's.
    let facts = file.metadata().map_err(cannot)?;
    if !facts.is_file() {
        return Err("it is no plain file".to_owned());
    }
    guard(&facts)?;
    // The room is reserved at once: growing would leave copies behind.
    let mut octets = Zeroizing::new(vec![0; ROOM]);
    let mut have = 0;
    while let Some(space) = octets.get_mut(have..).filter(|space| !space.is_empty()) {
        match file.read(space).map_err(cannot)? {
            0 => break,
            count => have += count,
        }
    }
    if have == ROOM {
        return Err(format!("it is larger than {} KiB", ROOM / 1024));
    }
    octets.truncate(have);
    Ok(octets)
}

/// Refuses a file that its group or anybody else has any right to.
#[cfg(unix)]
fn guard(facts: &std::fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    if facts.permissions().mode().trailing_zeros() < 6 {
        return Err("others may read it; run `chmod 600` on it".to_owned());
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "on systems with permissions it may be refused"
)]
fn guard(_: &std::fs::Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_a_file_of_one_s_own_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        std::fs::write(&path, "hunter2\n").expect("written");
        let mode = |mode| {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&path, permissions).expect("changed");
            read(&path)
        };
        for open in [0o644, 0o640, 0o604, 0o620, 0o601] {
            let words = mode(open).expect_err("refused");
            assert!(words.contains("chmod 600"), "{open:o}: {words}");
        }
        assert_eq!(mode(0o600).expect("read")[..], *b"hunter2\n");
        assert_eq!(mode(0o400).expect("read")[..], *b"hunter2\n");
        assert!(read(folder.path()).is_err_and(|words| words.contains("no plain file")));
        assert!(read(&folder.path().join("none")).is_err());
        std::fs::write(&path, vec![b'x'; ROOM]).expect("written");
        assert!(mode(0o600).is_err_and(|words| words.contains("larger")));
    }
}

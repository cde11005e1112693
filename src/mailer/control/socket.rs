//! Where the control socket is: in the spool's folder, for its owner alone, however long the folder's name is.

use std::io;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// The socket's name in the spool.
const NAME: &str = "control";
/// Octets that the address of a socket has room for everywhere; Linux has 107, others 103.
const ROOM: usize = 100;

/// The socket's file, removed when this is dropped.
#[derive(Debug)]
pub(in crate::mailer) struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        // Whoever holds the spool next removes it otherwise.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Listens in a spool whose lock this process has: a socket that is there was left behind by a process that is gone.
pub(super) fn listen(dir: &Path) -> io::Result<(UnixListener, File)> {
    let path = dir.join(NAME);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = at(dir, |path| UnixListener::bind(path))?;
    let file = File(path);
    // Until here others might have called; who calls is asked for its user as well.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file.0, mode)?;
    Ok((listener, file))
}

/// Whether a caller is the user of this process, or the one who may do everything.
pub(super) fn is_ours(stream: &UnixStream) -> bool {
    let me = rustix::process::geteuid().as_raw();
    stream
        .peer_cred()
        .is_ok_and(|caller| caller.uid() == me || caller.uid() == 0)
}

/// Calls whoever holds the spool; `None` where nobody listens.
pub(super) async fn call(dir: &Path) -> io::Result<Option<UnixStream>> {
    let called = match folder(dir) {
        Ok(way) => UnixStream::connect(way.path()).await,
        Err(error) => Err(error),
    };
    match called {
        Ok(stream) => Ok(Some(stream)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn at<T>(dir: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    act(&folder(dir)?.path())
}

/// A way to the socket that is short enough, for as long as this is kept.
enum Way {
    Plain(PathBuf),
    /// Through a folder that is open.
    Open(std::fs::File),
}

impl Way {
    fn path(&self) -> PathBuf {
        match self {
            Self::Plain(path) => path.clone(),
            Self::Open(folder) => {
                let number = std::os::fd::AsRawFd::as_raw_fd(folder);
                PathBuf::from(format!("/proc/self/fd/{number}/{NAME}"))
            }
        }
    }
}

fn folder(dir: &Path) -> io::Result<Way> {
    let path = dir.join(NAME);
    if path.as_os_str().len() <= ROOM {
        return Ok(Way::Plain(path));
    }
    if cfg!(target_os = "linux") {
        return std::fs::File::open(dir).map(Way::Open);
    }
    let words = "the spool's name is too long for a socket; name a folder with a shorter one";
    Err(io::Error::new(io::ErrorKind::InvalidInput, words))
}

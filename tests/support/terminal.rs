//! The real binary in a real pseudo-terminal, with a screen to look at and keys to press.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty, open};
use tempfile::TempDir;

/// A console at work. Its home is empty and its own; it is killed when dropped.
pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    seen: Arc<Mutex<Seen>>,
    home: Arc<TempDir>,
}

/// What has come out of the program.
struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

/// How long something may take to appear before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

impl Terminal {
    /// Starts the console in an empty home.
    pub(crate) fn start(
        rows: u16,
        columns: u16,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        Self::start_in(
            Arc::new(TempDir::new().expect("a scratch home")),
            rows,
            columns,
            arguments,
            environment,
        )
    }

    /// Starts the console in a home that was used before.
    pub(crate) fn start_in(
        home: Arc<TempDir>,
        rows: u16,
        columns: u16,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let (pty, pts) = open().expect("a pseudo-terminal");
        pty.resize(pty_process::Size::new(rows, columns))
            .expect("a size");
        let child = Command::new(env!("CARGO_BIN_EXE_turbomail"))
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .envs(environment.iter().copied())
            .current_dir(home.path())
            .spawn(pts)
            .expect("the console starts");
        let pty = Arc::new(pty);
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(at_least_one(rows), at_least_one(columns), 0),
            bytes: Vec::new(),
        }));
        let (reader, into) = (Arc::clone(&pty), Arc::clone(&seen));
        std::thread::spawn(move || {
            let mut block = [0; 8192];
            // The read fails when the program has ended and closed its side.
            while let Ok(count @ 1..) = (&*reader).read(&mut block) {
                let mut seen = into.lock().unwrap_or_else(PoisonError::into_inner);
                seen.parser.process(&block[..count]);
                seen.bytes.extend_from_slice(&block[..count]);
            }
        });
        Self {
            pty,
            child,
            seen,
            home,
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The home, to start another console in.
    pub(crate) fn home(&self) -> Arc<TempDir> {
        Arc::clone(&self.home)
    }

    /// The home's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.home.path()
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        self.seen().parser.screen().contents()
    }

    /// Every byte that the program has written to the terminal.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen().bytes.clone()
    }

    /// Whether the program has left the alternate screen and shows the cursor, as a shell needs it. What it wrote last may still
    /// be on its way when it has ended.
    pub(crate) fn is_restored(&self) -> bool {
        let restored = || {
            let seen = self.seen();
            let screen = seen.parser.screen();
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        };
        (0..500).any(|_| {
            let restored = restored();
            if !restored {
                std::thread::sleep(Duration::from_millis(10));
            }
            restored
        })
    }

    /// Types characters and keys as a terminal sends them.
    pub(crate) fn press(&self, keys: &str) {
        (&*self.pty)
            .write_all(keys.as_bytes())
            .expect("the program takes keys");
    }

    /// Pastes text as a terminal with bracketed paste does.
    pub(crate) fn paste(&self, text: &str) {
        self.press(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Makes the window another size.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        self.seen()
            .parser
            .screen_mut()
            .set_size(at_least_one(rows), at_least_one(columns));
        self.pty
            .resize(pty_process::Size::new(rows, columns))
            .expect("a new size");
    }

    /// Waits until the screen shows a text.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    /// Waits until the screen is as it should be.
    pub(crate) fn wait_until(&self, what: &str, is: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if is(&screen) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "waited in vain for {what:?}; the screen is\n{screen}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the program's end.
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child to wait for") {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "it does not end; the screen is\n{}",
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The program's process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends the program a signal by its name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let status = std::process::Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status()
            .expect("kill runs");
        assert!(status.success(), "kill -{name}: {status}");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The picture of a terminal has at least one cell, whatever its window says.
fn at_least_one(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN)
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

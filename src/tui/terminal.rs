//! The terminal: entered and left as a whole, also by a panic, and handed to an editor or a shell for a while.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::clipboard::CopyToClipboard;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{self, DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::style::force_color_output;
use ratatui::crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{execute, queue};
use ratatui::layout::{Position, Rect};

use super::app::App;

/// Whether the terminal is ours at the moment.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Octets of clipboard text that terminals take in one go; 74,994 of base64 is what xterm and tmux let pass.
const CLIPBOARD: usize = 74_994 / 4 * 3;

/// Why there can be no console here, and what to do instead.
///
/// # Errors
/// One sentence, where input or output is no terminal, or one without cursor addressing.
pub fn check() -> Result<(), String> {
    let instead = "use `turbomail send`, `turbomail queue` or `turbomail probe` instead";
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(format!("the console needs a terminal; {instead}"));
    }
    match std::env::var("TERM") {
        Ok(term) if term != "dumb" && !term.is_empty() => Ok(()),
        Ok(term) => Err(format!("the console cannot draw on TERM={term}; {instead}")),
        Err(_) => Err(format!("the console needs TERM to be set; {instead}")),
    }
}

/// Whether the locale writes UTF-8 (POSIX: `LC_ALL`, else `LC_CTYPE`, else `LANG`).
pub fn is_utf8() -> bool {
    let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let name = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find(|name| set(name));
    let locale = name
        .and_then(|name| std::env::var(name).ok())
        .unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    locale.ends_with("utf-8") || locale.ends_with("utf8") || locale.contains("utf-8@")
}

/// The terminal while it is ours; given back when this is dropped.
#[derive(Debug)]
pub struct Window {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Window {
    /// Takes the terminal: raw mode, the alternate screen, bracketed paste.
    ///
    /// # Errors
    /// Where the terminal does not do that.
    pub fn enter() -> io::Result<Self> {
        restore_on_panic();
        // Under NO_COLOR crossterm would also leave out reverse video; our theme sets no colours then, and that is enough.
        force_color_output(true);
        take()?;
        let backend = CrosstermBackend::new(BufWriter::new(io::stdout()));
        match Terminal::new(backend) {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws one frame.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn draw(&mut self, app: &mut App) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| {
            let area = frame.area();
            let at: Option<Position> = app.draw(area, frame.buffer_mut());
            // A cursor outside of the window would scroll it.
            if let Some(at) = at.filter(|at| area.contains(*at)) {
                frame.set_cursor_position(at);
            }
        })?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.terminal.backend_mut().flush()
    }

    /// Draws everything anew at the next frame, whatever the terminal shows now.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`, which asks the terminal where its cursor is and fails where the answer does not come.
        let size = self.terminal.size()?;
        self.terminal
            .resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Puts text on the clipboard by way of the terminal (OSC 52); says how that went.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<Result<String, String>> {
        if text.len() > CLIPBOARD {
            return Ok(Err(format!(
                "not copied: {} octets are more than terminals take ({CLIPBOARD})",
                text.len()
            )));
        }
        execute!(
            self.terminal.backend_mut(),
            CopyToClipboard::to_clipboard_from(text)
        )?;
        let count = text.chars().count();
        let unit = if count == 1 {
            "character"
        } else {
            "characters"
        };
        let doubt = if std::env::var_os("TMUX").is_some() {
            "; tmux passes it on only with set-clipboard on"
        } else {
            ""
        };
        Ok(Ok(format!("copied {count} {unit}{doubt}")))
    }

    /// Gives the terminal back for a while. The event reader must have been dropped before.
    pub fn lend() {
        settle_reader();
        give_back();
    }

    /// Takes the terminal again after it was lent; what was typed meanwhile is thrown away.
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub fn take_again(&mut self) -> io::Result<()> {
        take()?;
        settle_reader();
        self.redraw()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        give_back();
    }
}

/// Waits for the thread of a dropped event reader, which holds the reader's lock while it waits for keys, and drops what is
/// there to be read.
fn settle_reader() {
    for _ in 0..1000 {
        match event::poll(Duration::from_millis(20)) {
            Ok(true) => drop(event::read()),
            Ok(false) | Err(_) => return,
        }
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    let entered = execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste);
    if entered.is_err() {
        give_back();
    }
    entered
}

/// Gives the terminal back, if it is ours.
pub fn give_back() {
    if ENTERED.swap(false, Ordering::SeqCst) {
        // Whatever fails here, the rest is still worth trying, and there is nobody left to tell.
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        );
        let _ = disable_raw_mode();
    }
}

/// Lets a panic's words appear on a terminal that can show them.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        let owner = std::thread::current().id();
        std::panic::set_hook(Box::new(move |panic| {
            // A worker's panic is caught and shown by the console, which goes on: its screen stays.
            if std::thread::current().id() == owner {
                give_back();
                before(panic);
            } else if !ENTERED.load(Ordering::SeqCst) {
                before(panic);
            }
        }));
    });
}

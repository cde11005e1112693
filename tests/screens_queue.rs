//! The screens of the queue and of what has left it, as people see them.

mod support_world;

use support_world::*;
use turbomail::tui::screen::done::DoneScreen;
use turbomail::tui::screen::queue::QueueScreen;

fn shown(width: u16, height: u16) -> String {
    let world = world(live(), done());
    let mut screen = QueueScreen::new();
    screen.select(invoice().id);
    text(&draw(&mut screen, &world, &colours(), room(width, height)).0)
}

#[test]
fn queue_in_every_size() {
    for (width, height) in [(100, 30), (80, 24), (60, 16), (40, 10), (20, 5), (200, 60), (70, 24)] {
        insta::assert_snapshot!(format!("queue_{width}x{height}"), shown(width, height));
    }
}

#[test]
fn done_in_every_size() {
    for (width, height) in [(100, 30), (80, 24), (60, 16), (40, 10), (20, 5), (200, 60)] {
        let world = world(live(), done());
        let mut screen = DoneScreen::new();
        let (buf, _) = draw(&mut screen, &world, &colours(), room(width, height));
        insta::assert_snapshot!(format!("done_{width}x{height}"), text(&buf));
    }
}

//! The console: a terminal program on the same core as everything else.

pub mod action;
pub mod effect;
pub mod keymap;
pub mod paste;
pub mod screen;
pub mod theme;
pub mod widget;
pub mod world;

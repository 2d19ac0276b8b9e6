//! A whole case through a real browser.

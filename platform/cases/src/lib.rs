//! Joint handling: tasks in parallel against one legal clock.

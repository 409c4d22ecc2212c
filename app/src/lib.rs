//! What people see of gifchat. Decides nothing about rooms: it asks `chat` and shows what it answers.

pub mod api;
pub mod page;
pub mod strings;

//! Conversations: what the queue shows, and everything a person may do with one.

pub mod add_tag;
pub mod assign;
pub mod body;
pub mod close;
pub mod escalate;
pub mod file;
pub mod get;
pub mod hand_back;
pub mod list;
pub mod message;
pub mod messages;
pub mod note;
pub mod original;
pub mod pend;
pub mod release;
pub mod remove_tag;
pub mod reopen;
pub mod reply;
pub mod resend;
pub mod resolve;
pub mod said;
pub mod set_priority;
pub mod set_segment;
pub mod timeline;
pub mod upload;

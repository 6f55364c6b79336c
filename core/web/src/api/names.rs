//! The words of the API for states and kinds: the domain's words, held together by the compiler.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $domain:path { $($word:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the domain's variants say what they mean")]
        pub enum $name { $($word),* }

        impl From<$domain> for $name {
            fn from(word: $domain) -> Self {
                use $domain as Domain;
                match word { $(Domain::$word => Self::$word),* }
            }
        }
        impl From<$name> for $domain {
            fn from(word: $name) -> Self {
                match word { $($name::$word => Self::$word),* }
            }
        }
    )*};
}

words! {
    /// Who has the conversation now.
    State = kerros_domain::conversation::State {
        Bot, OutOfHours, Queued, Assigned, Pending, Resolved, Closed
    }
    /// How urgent.
    Priority = kerros_domain::conversation::Priority { Low, Normal, High, Urgent }
    /// Why it counts as solved.
    Solved = kerros_domain::conversation::Solved { Confirmed, Assumed, ByPerson }
    /// Why it was closed for good.
    CloseReason = kerros_domain::conversation::CloseReason {
        Settled, Spam, Merged, Abandoned, Unsolved
    }
    /// Who may see a message.
    Visibility = kerros_domain::message::Visibility { Public, Internal }
    /// How far an outbound message has come.
    DeliveryState = kerros_domain::message::DeliveryState { Pending, Sent, Delivered, Read, Failed }
    /// What a target times.
    Metric = kerros_domain::sla::Metric { FirstResponse, NextResponse, Resolution }
    /// How a call ended.
    CallOutcome = kerros_domain::call::CallOutcome { Reached, NoAnswer, WrongNumber }
    /// Whose promise.
    Owner = kerros_domain::sla::Owner { Vendor, Client }
    /// Where a target stands.
    TargetState = kerros_domain::sla::TargetState {
        Waiting, Running, Paused, Met, Breached, Dropped
    }
    /// Who works in a layer.
    LayerKind = kerros_domain::policy::LayerKind { SelfService, Personal, Expert }
    /// What a goal binds.
    Share = kerros_domain::policy::Share { OfDemand, OfEntered, Cumulative, Entered }
    /// What a person may do.
    Role = kerros_app::ports::store::Role { Agent, Expert, Supervisor, Admin }
    /// What a job does.
    JobKind = kerros_app::ports::store::JobKind { Intake, BotTurn, Deliver, Fetch }
}

//! `[calendars.NAME]` and `[holidays]`: opening hours.
//!
//! Hours and dates themselves are read by the domain's calendar, which the server builds; it tells
//! faults with the same key paths.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Tenant, is_name, unknown};
use crate::fault::Faults;

/// Opening hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// IANA time zone; by default the tenant's.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Weekly hours: `mon-fri 08:00-12:00, 13:00-16:00`; a break is a gap between two intervals.
    #[schemars(length(min = 1))]
    pub hours: Vec<String>,
    /// Lists of holidays that close it, by name.
    #[serde(default)]
    pub holidays: Vec<String>,
    /// More dates on which it is closed.
    #[serde(default)]
    pub closed: Vec<String>,
    /// Dates with hours of their own.
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// A date with hours of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// `HH:MM-HH:MM`; none is closed.
    #[serde(default)]
    pub hours: Vec<String>,
}

pub(super) fn validate(tenant: &Tenant, faults: &mut Faults<'_>) {
    let lists: Vec<&str> = tenant.holidays.keys().map(String::as_str).collect();
    for (name, calendar) in &tenant.calendars {
        let at = format!("calendars.{name}");
        if !is_name(name) {
            faults.wrong(&at, &format!("{name:?}"), format!("allowed is {}", super::NAME_WORDS));
        }
        for (n, list) in calendar.holidays.iter().enumerate() {
            if !tenant.holidays.contains_key(list) {
                unknown(faults, &format!("{at}.holidays[{n}]"), list, "list of holidays", &lists);
            }
        }
        for (n, exception) in calendar.exceptions.iter().enumerate() {
            for (m, hours) in exception.hours.iter().enumerate() {
                if !hours.contains('-') {
                    let at = format!("{at}.exceptions[{n}].hours[{m}]");
                    faults.wrong(&at, &format!("{hours:?}"), "allowed is HH:MM-HH:MM");
                }
            }
        }
    }
}

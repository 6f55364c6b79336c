//! `GET /console/reports`: a tenant's report of a month, to read, print and download.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kerros_app::error::Error;
use kerros_app::ports::report::Document;
use kerros_app::ports::store::Role;
use kerros_app::report::{Report, report};
use kerros_app::tenant::Tenant;
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::fault::Fault;
use super::query::query;
use super::view::look::Badge;
use super::view::report::ReportView;
use super::view::shell::Choice;
use crate::i18n::time;
use crate::state::WebState;

const MONTHS: i32 = 18;

/// Which report.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    tenant: String,
    report: String,
    month: String,
}

#[derive(Serialize)]
pub(super) struct Page {
    pub tenants: Vec<Choice>,
    pub reports: Vec<Choice>,
    pub months: Vec<Choice>,
    pub tenant: Option<Badge>,
    pub month: String,
    pub report: Option<ReportView>,
    pub fault: Option<Fault>,
    pub download: String,
}

/// What was chosen, made whole.
struct Chosen {
    tenant: Arc<Tenant>,
    cmd: Option<Report>,
    month: String,
}

fn choose(state: &WebState, desk: &Desk, wanted: &Wanted) -> Option<Chosen> {
    let mine: Vec<_> = desk
        .caller
        .user
        .memberships
        .iter()
        .filter_map(|p| state.ctx.tenants.get(&p.tenant))
        .collect();
    let tenant = mine.iter().find(|t| t.policy.id.as_str() == wanted.tenant).or(mine.first())?;
    let zone = time::zone(&tenant.policy.time_zone);
    let month = if wanted.month.is_empty() {
        time::month(&zone, desk.look.now)
    } else {
        wanted.month.clone()
    };
    let name =
        tenant.reports.keys().find(|name| **name == wanted.report).or(tenant.reports.keys().next());
    Some(Chosen {
        cmd: name.map(|name| Report {
            tenant: tenant.policy.id.clone(),
            name: name.clone(),
            month: month.clone(),
            language: Some(desk.lang().language()),
        }),
        tenant: Arc::clone(tenant),
        month,
    })
}

/// `GET /console/reports`.
pub async fn get(
    State(state): State<WebState>,
    desk: Desk,
    Query(wanted): Query<Wanted>,
) -> Response {
    if desk.caller.user.role == Role::Agent {
        return desk.fault(&Error::Forbidden);
    }
    let Some(chosen) = choose(&state, &desk, &wanted) else { return desk.fault(&Error::NotFound) };
    let built = match &chosen.cmd {
        None => None,
        Some(cmd) => Some(report(&state.ctx, &desk.caller, cmd).await),
    };
    let look = desk.look.at(&chosen.tenant);
    let tenant = chosen.tenant.policy.id.as_str();
    let name = chosen.cmd.as_ref().map_or("", |cmd| cmd.name.as_str());
    let mine = desk.caller.user.memberships.iter().filter_map(|p| state.ctx.tenants.get(&p.tenant));
    let page = Page {
        tenants: mine
            .map(|t| {
                Choice::new(
                    t.policy.id.as_str(),
                    t.policy.title.clone(),
                    t.policy.id.as_str() == tenant,
                )
            })
            .collect(),
        reports: chosen
            .tenant
            .reports
            .keys()
            .map(|r| Choice::new(r.as_str(), r.as_str(), r == name))
            .collect(),
        months: (0..MONTHS)
            .map(|back| time::month_back(&look.zone, look.now, back))
            .map(|m| Choice::new(m.clone(), time::month_name(look.say, &m), m == chosen.month))
            .collect(),
        tenant: Some(Badge::of(&chosen.tenant)),
        month: time::month_name(look.say, &chosen.month),
        download: format!(
            "/console/reports/download?{}",
            query(&[("tenant", tenant), ("report", name), ("month", &chosen.month)])
        ),
        fault: match &built {
            Some(Err(error)) => Some(report_fault(&desk, error)),
            _ => None,
        },
        report: built.and_then(Result::ok).map(|document| ReportView::of(&look, &document)),
    };
    desk.page("console/reports.html", "reports", "nav-reports", page)
}

/// A report that was not built says why, and that nothing was made up instead.
fn report_fault(desk: &Desk, error: &Error) -> Fault {
    match error {
        Error::Unavailable => Fault::new(
            desk.look.say,
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            "report-unavailable",
        ),
        other => Fault::of(desk.look.say, other),
    }
}

/// `GET /console/reports/download`: the tables and figures as CSV, for a spreadsheet.
pub async fn download(
    State(state): State<WebState>,
    desk: Desk,
    Query(wanted): Query<Wanted>,
) -> Response {
    let Some(Chosen { cmd: Some(cmd), .. }) = choose(&state, &desk, &wanted) else {
        return desk.fault(&Error::NotFound);
    };
    match report(&state.ctx, &desk.caller, &cmd).await {
        Err(error) => desk.fault(&error),
        Ok(document) => {
            let name = format!("{}-{}-{}.csv", cmd.tenant, cmd.name, cmd.month);
            let mut response =
                csv(&ReportView::of(&desk.look, &document), &document).into_response();
            let headers = response.headers_mut();
            headers
                .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
            if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
                headers.insert(header::CONTENT_DISPOSITION, value);
            }
            response
        }
    }
}

/// RFC 4180, with a byte order mark so that spreadsheets read UTF-8; a cell that a spreadsheet would run as
/// a formula begins with an apostrophe.
fn csv(view: &ReportView, document: &Document) -> String {
    use super::view::report::BlockView;
    let mut out = String::from('\u{feff}');
    let mut row = |cells: &[&str]| {
        let cells = cells.iter().map(|cell| {
            let risky = cell.starts_with(['=', '+', '@', '\t', '\r']);
            format!("\"{}{}\"", if risky { "'" } else { "" }, cell.replace('"', "\"\""))
        });
        out.push_str(&cells.collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    };
    row(&[&document.title]);
    for block in &view.blocks {
        match block {
            BlockView::Heading { text } | BlockView::Text { text } => row(&[text]),
            BlockView::Figures { figures } => {
                for f in figures {
                    row(&[
                        &f.label,
                        &f.value,
                        f.of.as_deref().unwrap_or(""),
                        f.goal.as_deref().unwrap_or(""),
                    ]);
                }
            }
            BlockView::Table { caption, columns, rows }
            | BlockView::Chart { caption, columns, rows, .. } => {
                row(&[caption]);
                row(&columns.iter().map(String::as_str).collect::<Vec<_>>());
                for cells in rows {
                    row(&cells.iter().map(String::as_str).collect::<Vec<_>>());
                }
            }
        }
        row(&[]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::pages::view::Look;
    use kerros_app::ports::report::Block;
    use kerros_domain::time::Timestamp;

    #[test]
    fn a_spreadsheet_gets_text_and_no_formula() {
        let document = Document {
            title: "A \"report\"".to_owned(),
            blocks: vec![Block::Table {
                caption: "Tags".to_owned(),
                columns: vec!["tag".to_owned(), "n".to_owned()],
                rows: vec![vec!["=cmd()".to_owned(), "3".to_owned()]],
            }],
        };
        let text = csv(&ReportView::of(&Look::new(Lang::En, Timestamp(0)), &document), &document);
        assert_eq!(
            text,
            "\u{feff}\"A \"\"report\"\"\"\r\n\"Tags\"\r\n\"tag\",\"n\"\r\n\"'=cmd()\",\"3\"\r\n\r\n"
        );
    }
}

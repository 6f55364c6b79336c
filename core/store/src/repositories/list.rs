//! A page of conversations: each tenant's rows come in order from an index, and the pages of several
//! tenants are merged, so one queue over many tenants costs as little as one over one.

use kerros_app::ports::store::{Filter, Listed, Order, Scope, StoreError};
use kerros_domain::conversation::State;
use kerros_domain::id::TenantId;
use sea_orm::Value;

use crate::reader::column;
use crate::store::SqlStore;
use crate::{name, value};

/// Rows on a page, at most.
const MOST: u32 = 200;

impl SqlStore {
    pub(super) async fn listed(
        &self,
        scope: &Scope,
        filter: &Filter,
    ) -> Result<Vec<Listed>, StoreError> {
        let Some(page) = Page::of(scope, filter)? else { return Ok(Vec::new()) };
        let rows = self.reader.all(scope, &page.text, page.values).await?;
        rows.iter()
            .map(|row| {
                let place = [3, 4, 5].map(|n| column::get::<i64>(row, n));
                let [a, b, c] = place;
                let id: uuid::Uuid = column::get(row, 2)?;
                Ok(Listed {
                    conversation: column::json(row, 0)?,
                    contact_name: column::get(row, 1)?,
                    cursor: format!("{}.{}.{}.{}", a?, b?, c?, id.simple()),
                })
            })
            .collect()
    }
}

/// A page's statement.
struct Page {
    text: String,
    values: Vec<Value>,
}

impl Page {
    /// `None` if the page is empty whatever the tables hold.
    fn of(scope: &Scope, filter: &Filter) -> Result<Option<Self>, StoreError> {
        let tenants: Option<Vec<&TenantId>> = match (&filter.tenant, scope) {
            (Some(one), _) if scope.holds(one) => Some(vec![one]),
            (Some(_), _) => return Ok(None),
            (None, Scope::One(one)) => Some(vec![one]),
            (None, Scope::Many(many)) if many.is_empty() => return Ok(None),
            (None, Scope::Many(many)) => Some(many.iter().collect()),
            (None, Scope::Platform) => None,
        };
        let mut page = Self { text: String::new(), values: Vec::new() };
        let conditions = page.conditions(filter)?;
        let order = Keys::of(filter.order);
        // A person's or a contact's conversations, and those that call for somebody, are few: they are found by their own index and
        // sorted, rather than picked out of the whole queue. The unary plus says so to the planner.
        let few = filter.assignee.is_some() || filter.contact.is_some() || filter.attention;
        let keys = if few { order.unindexed() } else { order.indexed() };
        let limit = filter.limit.clamp(1, MOST);
        let branches = page.branches(tenants.as_deref(), filter, few);
        let selects: Vec<String> = branches
            .iter()
            .map(|branch| {
                format!(
                    "SELECT * FROM (SELECT body, contact, id, {} FROM conversations c \
                     WHERE {branch}{conditions} ORDER BY {keys} LIMIT {limit}) AS branch",
                    order.columns()
                )
            })
            .collect();
        page.text = format!(
            "SELECT p.body, k.name, p.id, p.a, p.b, p.c FROM ({}) AS p \
             LEFT JOIN contacts k ON k.id = p.contact ORDER BY {} LIMIT {limit}",
            selects.join(" UNION ALL "),
            order.outer()
        );
        Ok(Some(page))
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// One condition per range of an index that holds rows of the page in order.
    fn branches(
        &mut self,
        tenants: Option<&[&TenantId]>,
        filter: &Filter,
        few: bool,
    ) -> Vec<String> {
        let Some(tenants) = tenants else { return vec!["1 = 1".into()] };
        let names: Vec<String> =
            tenants.iter().map(|tenant| self.bind(value::text(tenant.as_str()))).collect();
        if few {
            return vec![format!("c.tenant IN ({})", names.join(", "))];
        }
        let any = |wanted: bool| {
            filter.states.is_empty() || filter.states.iter().any(|s| s.is_open() == wanted)
        };
        let open: Vec<&str> = match filter.order {
            Order::Newest => vec![""],
            Order::Queue => [(true, " AND c.open = 1"), (false, " AND c.open = 0")]
                .into_iter()
                .filter_map(|(wanted, text)| any(wanted).then_some(text))
                .collect(),
        };
        names
            .iter()
            .flat_map(|name| open.iter().map(move |open| format!("c.tenant = {name}{open}")))
            .collect()
    }

    fn conditions(&mut self, filter: &Filter) -> Result<String, StoreError> {
        let mut text = String::new();
        let mut and = |condition: String| {
            text.push_str(" AND ");
            text.push_str(&condition);
        };
        // Not where it says nothing: every state is any state.
        if !filter.states.is_empty() && filter.states.len() < State::ALL.len() {
            let states: Vec<String> =
                filter.states.iter().map(|s| self.bind(value::text(name::state(*s)))).collect();
            and(format!("c.state IN ({})", states.join(", ")));
        }
        if !filter.layers.is_empty() {
            let layers: Vec<String> =
                filter.layers.iter().map(|l| self.bind(value::text(l.as_str()))).collect();
            and(format!("c.layer IN ({})", layers.join(", ")));
        }
        if let Some(user) = filter.assignee {
            and(format!("c.assignee = {}", self.bind(value::id(user.0))));
        }
        if let Some(contact) = filter.contact {
            and(format!("c.contact = {}", self.bind(value::id(contact.0))));
        }
        if filter.attention {
            and("c.attention IS NOT NULL".into());
        }
        if let Some(from) = filter.opened_from {
            and(format!("c.opened_at >= {}", self.bind(value::at(from))));
        }
        if let Some(to) = filter.opened_to {
            and(format!("c.opened_at < {}", self.bind(value::at(to))));
        }
        if let Some(words) = filter.text.as_deref().map(str::trim).filter(|w| !w.is_empty()) {
            let like = self.bind(value::text(like(words)));
            and(format!(
                "(c.look LIKE {like} ESCAPE '!' OR EXISTS (SELECT 1 FROM contacts k \
                 WHERE k.id = c.contact AND k.look LIKE {like} ESCAPE '!'))"
            ));
        }
        if let Some(cursor) = &filter.after {
            let place = Place::parse(cursor)?;
            let order = Keys::of(filter.order);
            let marks = [
                self.bind(value::int(place.a)),
                self.bind(value::int(place.b)),
                self.bind(value::int(place.c)),
                self.bind(value::id(place.id)),
            ];
            and(order.after(&marks));
        }
        Ok(text)
    }
}

/// The columns of an order, always four, the id last.
struct Keys(Order);

impl Keys {
    const fn of(order: Order) -> Self {
        Self(order)
    }

    /// As they are selected, named a, b and c.
    const fn columns(&self) -> &'static str {
        match self.0 {
            Order::Queue => "queue_rank AS a, queue_due AS b, held_since AS c",
            Order::Newest => "opened_at AS a, opened_at AS b, opened_at AS c",
        }
    }

    const fn indexed(&self) -> &'static str {
        match self.0 {
            Order::Queue => "c.queue_rank, c.queue_due, c.held_since, c.id",
            Order::Newest => "c.opened_at DESC, c.id DESC",
        }
    }

    const fn unindexed(&self) -> &'static str {
        match self.0 {
            Order::Queue => "+c.queue_rank, c.queue_due, c.held_since, c.id",
            Order::Newest => "+c.opened_at DESC, c.id DESC",
        }
    }

    const fn outer(&self) -> &'static str {
        match self.0 {
            Order::Queue => "p.a, p.b, p.c, p.id",
            Order::Newest => "p.a DESC, p.id DESC",
        }
    }

    fn after(&self, [a, b, c, id]: &[String; 4]) -> String {
        match self.0 {
            Order::Queue => {
                format!("(c.queue_rank, c.queue_due, c.held_since, c.id) > ({a}, {b}, {c}, {id})")
            }
            // The other two marks are the same moment; PostgreSQL wants every value used.
            Order::Newest => {
                format!("(c.opened_at, c.id) < ({a}, {id}) AND {b} = {c}")
            }
        }
    }
}

/// Where a page ended.
struct Place {
    a: i64,
    b: i64,
    c: i64,
    id: uuid::Uuid,
}

impl Place {
    fn parse(cursor: &str) -> Result<Self, StoreError> {
        Self::parts(cursor)
            .ok_or_else(|| StoreError::Refused("that is not a cursor of a list".into()))
    }

    fn parts(cursor: &str) -> Option<Self> {
        let parts: Vec<&str> = cursor.split('.').collect();
        let [a, b, c, id] = parts.as_slice() else { return None };
        let id = uuid::Uuid::try_parse(id).ok()?;
        Some(Self { a: a.parse().ok()?, b: b.parse().ok()?, c: c.parse().ok()?, id })
    }
}

/// A pattern for text that contains the words, in lower case, its wildcards taken literally.
fn like(words: &str) -> String {
    let mut pattern = String::from("%");
    for c in words.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

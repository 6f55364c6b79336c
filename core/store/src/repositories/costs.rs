//! What plugins cost.

use async_trait::async_trait;
use kerros_app::ports::costs::{Cost, CostBook};
use kerros_app::ports::store::{Scope, StoreError};
use kerros_domain::id::{PluginId, TenantId};
use sea_orm::Value;

use crate::reader::column;
use crate::store::SqlStore;
use crate::{scope, value};

/// Rows in one statement: nine values each, and databases take a few ten thousand.
const ROWS: usize = 200;

const ADD: &str = " ON CONFLICT (tenant, day, plugin) DO UPDATE SET \
    calls = plugin_costs.calls + excluded.calls, errors = plugin_costs.errors + excluded.errors, \
    cpu_us = plugin_costs.cpu_us + excluded.cpu_us, \
    bytes_in = plugin_costs.bytes_in + excluded.bytes_in, \
    bytes_out = plugin_costs.bytes_out + excluded.bytes_out";

#[async_trait]
impl CostBook for SqlStore {
    async fn add_costs(&self, costs: &[Cost]) -> Result<(), StoreError> {
        for some in costs.chunks(ROWS) {
            let mut values: Vec<Value> = Vec::with_capacity(some.len() * 9);
            let mut rows = Vec::with_capacity(some.len());
            for cost in some {
                let first = values.len() + 1;
                let places: Vec<String> = (first..first + 9).map(|n| format!("${n}")).collect();
                rows.push(format!("({})", places.join(", ")));
                values.extend([
                    value::text(cost.tenant.as_str()),
                    value::int(cost.day),
                    value::text(cost.plugin.as_str()),
                    value::text(cost.kind.as_str()),
                    value::count(cost.calls),
                    value::count(cost.errors),
                    value::count(cost.cpu_us),
                    value::count(cost.bytes_in),
                    value::count(cost.bytes_out),
                ]);
            }
            let text = format!(
                "INSERT INTO plugin_costs (tenant, day, plugin, kind, calls, errors, cpu_us, bytes_in, bytes_out) \
                 VALUES {}{ADD}",
                rows.join(", ")
            );
            self.pen.count(&Scope::Platform, &text, values).await?;
        }
        Ok(())
    }

    async fn costs(&self, scope: &Scope, from: i64, to: i64) -> Result<Vec<Cost>, StoreError> {
        let mut values = vec![value::int(from), value::int(to)];
        let condition = scope::condition(scope, "tenant", &mut values);
        let text = format!(
            "SELECT tenant, day, plugin, kind, calls, errors, cpu_us, bytes_in, bytes_out FROM plugin_costs \
             WHERE day >= $1 AND day <= $2{condition} ORDER BY tenant, day, plugin"
        );
        let rows = self.reader.all(scope, &text, values).await?;
        rows.iter()
            .map(|row| {
                Ok(Cost {
                    tenant: TenantId::from(column::get::<String>(row, 0)?),
                    day: column::get(row, 1)?,
                    plugin: PluginId::from(column::get::<String>(row, 2)?),
                    kind: column::get(row, 3)?,
                    calls: column::count(row, 4)?,
                    errors: column::count(row, 5)?,
                    cpu_us: column::count(row, 6)?,
                    bytes_in: column::count(row, 7)?,
                    bytes_out: column::count(row, 8)?,
                })
            })
            .collect()
    }

    async fn forget_costs(&self, before: i64) -> Result<u64, StoreError> {
        let text = "DELETE FROM plugin_costs WHERE day < $1";
        self.pen.count(&Scope::Platform, text, vec![value::int(before)]).await
    }
}

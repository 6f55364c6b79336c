//! Logins to look around with: only with `--demo`, and only while nobody but this machine can reach them.

use std::net::SocketAddr;

use kerros_app::ports::store::{Membership, Role, User};
use kerros_app::tenant::Tenant;
use kerros_domain::id::{Language, LayerId, UserId};
use kerros_domain::policy::LayerKind;

use crate::compose::House;

/// The password of every demo login. Everybody may know it: it works on this machine only.
pub const PASSWORD: &str = "kerros-demo";

struct Login {
    email: &'static str,
    name: &'static str,
    role: Role,
    language: &'static str,
    what: &'static str,
    /// The layers of a tenant that the person works in; none is no member there.
    layers: fn(&Tenant) -> Vec<LayerId>,
}

fn of_kind(tenant: &Tenant, kind: LayerKind) -> Vec<LayerId> {
    let layers = tenant.policy.layers.iter().filter(|layer| layer.kind == kind);
    layers.map(|layer| layer.id.clone()).collect()
}

fn first_personal(tenant: &Tenant) -> Vec<LayerId> {
    of_kind(tenant, LayerKind::Personal).into_iter().take(1).collect()
}

fn all_personal(tenant: &Tenant) -> Vec<LayerId> {
    of_kind(tenant, LayerKind::Personal)
}

fn experts(tenant: &Tenant) -> Vec<LayerId> {
    of_kind(tenant, LayerKind::Expert)
}

fn experts_of(id: &str, tenant: &Tenant) -> Vec<LayerId> {
    if tenant.policy.id.as_str() == id { experts(tenant) } else { Vec::new() }
}

fn everything(tenant: &Tenant) -> Vec<LayerId> {
    tenant.policy.layers.iter().map(|layer| layer.id.clone()).collect()
}

const LOGINS: [Login; 6] = [
    Login {
        email: "aino@example.com",
        name: "Aino Agent",
        role: Role::Agent,
        language: "fi",
        what: "agent, first line of all clients",
        layers: first_personal,
    },
    Login {
        email: "sami@example.com",
        name: "Sami Super",
        role: Role::Agent,
        language: "en",
        what: "agent, first line and super users",
        layers: all_personal,
    },
    Login {
        email: "elina@example.com",
        name: "Elina Expert",
        role: Role::Expert,
        language: "fi",
        what: "expert of Aurinko",
        layers: |tenant| experts_of("aurinko", tenant),
    },
    Login {
        email: "viktor@example.com",
        name: "Viktor Expert",
        role: Role::Expert,
        language: "sv",
        what: "expert of Vuori",
        layers: |tenant| experts_of("vuori", tenant),
    },
    Login {
        email: "saara@example.com",
        name: "Saara Supervisor",
        role: Role::Supervisor,
        language: "en",
        what: "supervisor of all clients",
        layers: everything,
    },
    Login {
        email: "admin@example.com",
        name: "Antti Admin",
        role: Role::Admin,
        language: "en",
        what: "administrator",
        layers: everything,
    },
];

/// Demo logins are refused where others could use them.
///
/// # Errors
/// A sentence, if `listen` is not this machine's own address.
pub fn allowed(listen: SocketAddr) -> Result<(), String> {
    if listen.ip().is_loopback() {
        return Ok(());
    }
    Err(format!(
        "--demo makes logins that everybody knows, so it works on this machine's own address only; \
         found {listen}, allowed is 127.0.0.1 or [::1]"
    ))
}

/// Makes the demo logins, as they are to be with the tenants of now, and says them.
///
/// # Errors
/// A sentence, if the database does not take them.
pub async fn make(house: &House) -> Result<Vec<String>, String> {
    let hash = tokio::task::spawn_blocking(|| kerros_web::auth::password::hash(PASSWORD))
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())?;
    let tenants = kerros_app::ports::tenants::Tenants::all(&*house.directory);
    let store = &house.ctx.store;
    let mut said = Vec::new();
    for login in &LOGINS {
        let known = store.user_by_email(login.email).await.map_err(|error| error.to_string())?;
        let user = user(house, login, &tenants, known.map(|(user, _)| user));
        if user.memberships.is_empty() {
            continue;
        }
        store.save_user(&user, Some(&hash)).await.map_err(|error| error.to_string())?;
        said.push(format!("{:<20} {PASSWORD}   {}", login.email, login.what));
    }
    Ok(said)
}

fn user(
    house: &House,
    login: &Login,
    tenants: &[std::sync::Arc<Tenant>],
    known: Option<User>,
) -> User {
    let now = house.ctx.now();
    let memberships = tenants
        .iter()
        .map(|tenant| Membership {
            tenant: tenant.policy.id.clone(),
            layers: (login.layers)(tenant),
            skills: tenant.policy.layers.iter().flat_map(|layer| layer.skills.clone()).collect(),
            languages: tenant.policy.languages.clone(),
            segments: Vec::new(),
        })
        .filter(|place| !place.layers.is_empty())
        .collect();
    let fresh = || User {
        id: UserId(uuid::Uuid::from_bytes(house.ctx.ids.next(now))),
        email: login.email.to_owned(),
        name: login.name.to_owned(),
        role: login.role,
        language: Language::from(login.language),
        memberships: Vec::new(),
        available: false,
        seen_at: None,
        active: true,
        created_at: now,
    };
    User { memberships, active: true, role: login.role, ..known.unwrap_or_else(fresh) }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn demo_logins_stay_on_this_machine() {
        for good in ["127.0.0.1:8080", "127.0.0.2:1", "[::1]:8080"] {
            assert!(allowed(good.parse().unwrap()).is_ok(), "{good}");
        }
        for bad in ["0.0.0.0:8080", "192.168.1.5:8080", "[::]:8080"] {
            assert!(allowed(bad.parse().unwrap()).is_err(), "{bad}");
        }
    }
}

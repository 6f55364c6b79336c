//! The session cookie: `HttpOnly`, `SameSite=Lax`, and over https `Secure` with the `__Host-` prefix, so that
//! no other host of the domain can set it (RFC 6265bis).

use axum::http::{HeaderMap, HeaderValue, header};

const PLAIN: &str = "kerros_session";
const SECURE: &str = "__Host-kerros_session";

/// The session secret in a request's cookies.
#[must_use]
pub fn read(headers: &HeaderMap, secure: bool) -> Option<&str> {
    let wanted = if secure { SECURE } else { PLAIN };
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty())
}

/// A `Set-Cookie` that keeps the session for so many seconds. `None` for a secret that is no cookie text.
#[must_use]
pub fn set(secret: &str, max_age_s: i64, secure: bool) -> Option<HeaderValue> {
    let (name, flag) = if secure { (SECURE, "; Secure") } else { (PLAIN, "") };
    HeaderValue::from_str(&format!(
        "{name}={secret}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{flag}"
    ))
    .ok()
}

/// A `Set-Cookie` that forgets the session.
#[must_use]
pub fn clear(secure: bool) -> HeaderValue {
    HeaderValue::from_static(if secure {
        "__Host-kerros_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
    } else {
        "kerros_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_its_own_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; kerros_session=plain; x=y".parse().unwrap());
        headers.append(header::COOKIE, "__Host-kerros_session=safe".parse().unwrap());
        assert_eq!(read(&headers, false), Some("plain"));
        assert_eq!(
            read(&headers, true),
            Some("safe"),
            "a plain cookie is worth nothing over https"
        );
        headers.clear();
        headers.append(header::COOKIE, "kerros_session=".parse().unwrap());
        assert_eq!(read(&headers, false), None);
    }

    #[test]
    fn flags() {
        insta::assert_snapshot!(set("abc", 60, true).unwrap().to_str().unwrap(), @"__Host-kerros_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        insta::assert_snapshot!(set("abc", 60, false).unwrap().to_str().unwrap(), @"kerros_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        assert_eq!(set("a\nb", 60, false), None);
    }
}

//! A mail with a bit of everything, as a seed for chance.

/// Its bytes.
pub fn everything() -> Vec<u8> {
    let mail = "Return-Path: <aino@example.fi>\nDelivered-To: tuki+abc@aurinko.example\nAuthentication-Results: mx.aurinko.example; spf=pass (x) smtp.mailfrom=example.fi; dkim=fail reason=\"a;b\" header.d=example.fi\nFrom: =?iso-8859-1?q?=C5sa_=D6st?= <asa@example.fi>\nTo: \"Tuki, Aurinko\" <tuki@aurinko.example>, Team: a@b.fi;\nCc: liisa@example.fi\nSubject: =?utf-8?b?TGFza3Ugw6Q=?= [#12]\nMessage-ID: <m@example.fi>\nReferences: <a@b> <c@d>\nIn-Reply-To: <c@d>\nDate: Wed, 03 Jun 2026 12:30:00 +0300\nContent-Type: multipart/mixed; boundary=\"m m\"\n\npreamble\n--m m\nContent-Type: multipart/related; boundary=r; start=\"<root@x>\"\n\n--r\nContent-ID: <root@x>\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain; charset=iso-8859-15; format=flowed; delsp=yes\nContent-Transfer-Encoding: quoted-printable\n\nHyv=E4=E4 =\np=E4iv=E4=E4 \njatkuu\n-- \nNimi\n\nOn 3.6.2026 klo 12.30 Tuki wrote:\n> kysymys\n\n--a\nContent-Type: text/html; charset=utf-8\n\n<html><head><style>p{}</style></head><body><!-- c --><p class=MsoNormal>Hyvää &auml;&#228; <img src=\"cid:k@x\"></p><div id=divRplyFwdMsg><b>Från:</b> x<br><b>Skickat:</b> 3.6.2026<br><b>Till:</b> y<br><b>Ämne:</b> z</div><blockquote type=cite>q</blockquote></body></html>\n--a\nContent-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Palaveri\\, osa\nDTSTART;TZID=\"Europe/Helsinki\":20260603T120000\nDURATION:PT1H\nORGANIZER;CN=\"Salo, A\":mailto:a@b.fi\nEND:VEVENT\nEND:VCALENDAR\n--a--\n--r\nContent-Type: image/png; name*0*=utf-8''kuva%20; name*1=ab.png\nContent-ID: <k@x>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--r--\n--m m\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n";
    let mut bytes = mail.as_bytes().to_vec();
    bytes.extend(base64(&crate::tnef::sample()));
    bytes.extend(b"\n--m m\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.fi\nAction: delayed\nStatus: 4.4.1\n\n--m m--\nepilogue\n");
    // A part that reports would make it a report.
    let text = bytes.windows(23).position(|w| w == b"message/delivery-status").unwrap();
    bytes[text..text + 23].copy_from_slice(b"message/delivery-statuz");
    bytes
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::new();
    for three in bytes.chunks(3) {
        let bits =
            three.iter().fold(0u32, |bits, &b| bits << 8 | u32::from(b)) << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            text.push(DIGITS[(bits >> (18 - 6 * place)) as usize & 63]);
        }
        if text.len() % 77 == 76 {
            text.push(b'\n');
        }
    }
    text
}

//! Reads any bytes as a mail.

#![no_main]

libfuzzer_sys::fuzz_target!(|mail: &[u8]| {
    channel_email_native::borne::bear("fuzz", mail);
});

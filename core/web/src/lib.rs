//! kerros-web

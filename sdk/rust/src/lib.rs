//! kerros-plugin

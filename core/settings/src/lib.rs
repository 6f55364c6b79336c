//! kerros-settings

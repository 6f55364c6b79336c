//! kerros-suite: whole-server flows

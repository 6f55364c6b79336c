//! kerros-search

//! Whole-server stories. Each starts servers of its own, so they run side by side.

#[cfg(test)]
mod calls;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod colleagues;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod disk_full;
#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod graceful_stop;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod hostile_plugin;
#[cfg(test)]
mod hot_reload;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod mail_crash;
#[cfg(test)]
mod mail_hook;
#[cfg(test)]
mod mail_import;
#[cfg(test)]
mod messaging;
#[cfg(test)]
mod no_database;
#[cfg(test)]
mod out_of_hours;
#[cfg(test)]
mod plugin_dev;
#[cfg(test)]
mod plugin_life;
#[cfg(test)]
mod plugin_test;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod road;
#[cfg(test)]
mod services;
#[cfg(test)]
mod telegram;
#[cfg(test)]
mod tenants_apart;
#[cfg(test)]
mod trace;
#[cfg(test)]
mod two_nodes;
#[cfg(test)]
mod verify;

#!/bin/bash
# Makes the role and the database of Kerros, once, when PostgreSQL's container has an empty volume. Kerros owns its
# database and is no superuser: one would pass row-level security, the second fence between tenants.
#
# POSTGRES_PASSWORD is the password of `kerros`. The container's superuser keeps none, so it is for those inside alone.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --quiet --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv password POSTGRES_PASSWORD
CREATE ROLE kerros LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE kerros OWNER kerros;
ALTER ROLE CURRENT_USER PASSWORD NULL;
SQL

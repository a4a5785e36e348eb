#!/usr/bin/env bash
# Reads a lake on a managed Spark 4, here a Databricks cluster whose runtime has the client's minor version of Python.
#
# Once: build the wheel (.venv/bin/uv build --wheel), put it into a volume, and name it as a library of the cluster, so
# that every worker installs it. The cluster needs to read the lake and to write --out.
set -euo pipefail

: "${WORKSPACE:?host of the workspace, without https://}"
: "${CLUSTER_ID:?id of the cluster}"
: "${TOKEN_FILE:?file with a personal access token}"

# In the environment, where the process list does not show it.
SPARK_REMOTE="sc://${WORKSPACE}:443/;use_ssl=true;token=$(cat "$TOKEN_FILE");x-databricks-cluster-id=${CLUSTER_ID}"
export SPARK_REMOTE
exec python -m detect read --engine spark --lake "$1" --out "$2" --fit

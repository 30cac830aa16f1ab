#!/bin/sh
# Audit the account every night, and say something only when something is wrong: cron mails what a job prints.
#
#     MAILTO=data@example.com
#     17 2 * * *  /opt/fivetran/nightly_audit.sh
#
# Exit status: that of `fivetran-async audit`; 2 as well for what is wrong with this machine, 75 while another one runs.
set -eu
umask 077

# Cron gives a job hardly any environment: what is needed is found from here, or told by these.
here=$(cd "$(dirname "$0")" && pwd)
program=${FIVETRAN_ASYNC:-$here/.venv/bin/fivetran-async}
credentials=${FIVETRAN_CREDENTIALS:-$here/credentials.env}
reports=${FIVETRAN_REPORTS:-$here/reports}
days=${FIVETRAN_REPORT_DAYS:-30}

complain() {
    echo "$0: $1" >&2
    exit "${2:-2}"
}

[ -x "$program" ] || complain "there is no $program: python3 -m venv $here/.venv, and install fivetran-async[cli]"
[ -r "$credentials" ] || complain "cannot read $credentials: FIVETRAN_API_KEY=... and FIVETRAN_API_SECRET=..., a line each"
# Whoever reads the file has the account.
[ -z "$(find "$credentials" -prune \( -perm -0040 -o -perm -0004 \))" ] || complain "others can read it: chmod 600 $credentials"
mkdir -p "$reports"

# The lock ends with the process, however that ends.
exec 9> "$reports/.lock"
flock -n 9 || complain "another audit still runs" 75

set -a
. "$credentials"
set +a

report=$reports/$(date -u +%Y-%m-%dT%H%M%SZ).txt
status=0
# Nothing takes so long; a job that hangs would hold the lock for ever.
timeout 3600 "$program" audit --all --fail-on "${FIVETRAN_FAIL_ON:-error}" > "$report.part" 2>&1 9>&- || status=$?
mv "$report.part" "$report"
find "$reports" -name '*.txt' -mtime "+$days" -exec rm -f {} +

if [ "$status" -ne 0 ]; then
    cat "$report"
    echo "status $status; kept as $report"
fi
exit "$status"

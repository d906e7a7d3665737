# Installs packages on Debian and its relatives, and starts no service that they bring: not now
# (policy-rc.d, which package scripts ask) and not when the machine starts (systemctl disable).
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
# This fails for any source that cannot be reached, also for one that is not needed.
apt-get update --quiet
failed=0
for package in "$@"; do
    apt-get install --quiet --yes --no-install-recommends "$package" || failed=1
    if command -v systemctl > /dev/null && [ -e "/lib/systemd/system/$package.service" ]; then
        systemctl --quiet disable "$package.service"
    fi
done
exit "$failed"

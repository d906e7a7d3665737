# Ends the PostgreSQL of a cluster and removes the cluster's folder, $1, once standard input ends. The
# process that runs the cluster holds the other end, which the system closes however it ends, even by
# SIGKILL.
trap '' HUP INT TERM
cat > /dev/null

# Process ids are used again, so the process must really be this cluster's server.
runs() {
    pid=$(head -n 1 "$1/data/postmaster.pid") &&
        { cat "/proc/$pid/cmdline" || ps -o args= -p "$pid"; } | grep -qaF "$1/data"
} 2> /dev/null

for signal in QUIT KILL; do
    tries=100
    runs "$1" && kill -s "$signal" "$pid"
    while runs "$1" && [ "$tries" -gt 0 ]; do
        sleep 0.1
        tries=$((tries - 1))
    done
done
rm -rf "$1"

#!/bin/sh
# Starts orthanc and sends it the demo study by C-STORE; /tmp/loaded is there when it has all of it.
set -eu

Orthanc /demo/orthanc.json &
orthanc=$!
trap 'kill -TERM "$orthanc" 2>/dev/null || true' TERM INT

# Both series in an association of their own: JPEG-LS is offered only where it is asked for. About 60 seconds at most.
tries=300
until echoscu -aec ORTHANC -to 1 127.0.0.1 4242 >/dev/null 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || ! kill -0 "$orthanc" 2>/dev/null; then
        echo "orthanc does not answer" >&2
        exit 1
    fi
    sleep 0.2
done
storescu -aec ORTHANC 127.0.0.1 4242 /study/series1-*.dcm
storescu -xt -aec ORTHANC 127.0.0.1 4242 /study/series2-*.dcm
touch /tmp/loaded
echo "The demo study is loaded."

# A signal ends the first wait, before orthanc has ended.
status=0
wait "$orthanc" || status=$?
while kill -0 "$orthanc" 2>/dev/null; do
    status=0
    wait "$orthanc" || status=$?
done
exit "$status"

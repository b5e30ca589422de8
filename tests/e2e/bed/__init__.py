"""The test bed: real Kafka brokers for tests and the demo.

Only Python's standard library, so that the plain system python3 can use it.

dist     Kafka by Maven coordinates, in a cache outside the work tree
cluster  brokers: start, pause, kill, restart, always stopped
wire     a few requests of Kafka's protocol, byte by byte
driver   a long-lived JVM that does what only Java clients can do
tools    Kafka's own command-line tools, and kafka-python, as judges
tls      certificates
process  children that never outlive their parent; ports
wait     waiting for something to become true
"""

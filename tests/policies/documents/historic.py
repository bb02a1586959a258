"""Policies in the three historic formats, as they were published."""

FORMAT_A = """
{"maxStartRetries":10,"steps":[
 {"duration":"5m","source":{"weight":100},
  "target":{"weight":0,"condition":"user-agent = iPhone","conditionStrength":100}},
 {"duration":"5m","source":{"weight":50},"target":{"weight":50}},
 {"source":{"weight":0},"target":{"weight":100}}]}
"""

FORMAT_B = """
name: hotfix
type: release
gracePeriod: 1m
steps:
- name: segment
  source: {weight: 100}
  target: {weight: 0, condition: "user-agent = iPhone", conditionStrength: 100}
  endAfter: {value: "duration == baselines.maxDuration"}
  segmentation: [{name: "30% of all traffic"}]
  conditions:
  - {name: health, value: "health >= baselines.health", gracePeriod: 30s}
- source: {weight: 0}
  target: {weight: 100}
  endAfter: {value: "duration == 30s"}
  conditions:
  - {name: health, value: "health >= 0.99"}
metrics:
- name: health
  value:
    source: es
    index: "vamp-pulse-{namespace}-health-*"
    tags: [health, "gateways:{gateway}", "routes:({target_route})"]
baselines:
- {name: health, metric: health, value: 0.97}
- {name: maxDuration, value: 1m}
conditions: []
onSuccess: []
onFailure:
- {type: http, value: {url: "http://ci.example.com/failed"}}
"""

FORMAT_C = """
{"type":"release","id":456,"version":12,
 "steps":[{"source":{"weight":100},
   "target":{"weight":0,"condition":"cookie: vamp exists","conditionStrength":5},
   "endAfter":{"maxDuration":"1m0s"},
   "conditions":[
    {"metric":"Health","threshold":1,"operator":"ge","budget":70,
     "interval":{"type":"rolling","duration":"5m0s"},"gracePeriod":"1m0s"},
    {"metric":"restarts","budget":5,
     "interval":{"type":"rolling","duration":"5m0s"},"gracePeriod":"1m0s"}]},
  {"source":{"weight":0},"target":{"weight":100},"conditions":[]}],
 "metrics":[
  {"name":"Health","type":"TimeBased","value":{"source":"k8s-deployment-health"}},
  {"name":"restarts","type":"EventBased",
   "value":{"source":"k8s-deployment-health","type":"restarts"}}],
 "onSuccess":[{"type":"http","value":{"url":"http://ci.example.com/done","httpRequest":"POST",
  "headers":["authorization: Bearer abc"]}}]}
"""

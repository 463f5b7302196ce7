"""The same system as a Helm chart: one template a kind, a range over the services, the same 7.5 objects a service."""

from pathlib import Path

import systems

HEAD = """---
apiVersion: {version}
kind: {kind}
metadata:
  name: {{{{ $name }}}}
  namespace: {{{{ $.Release.Namespace }}}}
  labels: {{{{- include "labels" $name | nindent 4 }}}}
"""
LABELS = """{{- define "labels" -}}
app.kubernetes.io/name: {{ . }}
app.kubernetes.io/instance: {{ . }}
app.kubernetes.io/component: service
app.kubernetes.io/part-of: bench
app.kubernetes.io/managed-by: helm
{{- end -}}
"""
PROBE = """          {name}Probe:
            httpGet: {{path: /{path}, port: ops}}
            periodSeconds: 5
            timeoutSeconds: 2
            failureThreshold: 3
"""
DEPLOYMENT = """spec:
  selector:
    matchLabels: {app.kubernetes.io/name: {{ $name }}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata:
      labels: {{- include "labels" $name | nindent 8 }}
    spec:
      serviceAccountName: {{ $name }}
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 30
      securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: {{ $name }}
          image: wireplan.local/bench/{{ $name }}:latest
          ports:
            - {name: grpc, containerPort: 50051}
            - {name: ops, containerPort: 9000}
          env:
            - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
          resources:
            requests: {cpu: {{ $service.cpu }}, memory: {{ $service.memory }}}
            limits: {memory: {{ $service.memory }}}
PROBES          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
          volumeMounts:
            - {name: wiring, mountPath: /etc/wireplan}
      volumes:
        - name: wiring
          configMap: {name: {{ $name }}-wiring}
"""
SERVICE = """spec:
  clusterIP: None
  selector: {app.kubernetes.io/name: {{ $name }}}
  ports:
    - {name: grpc, port: 50051}
    - {name: ops, port: 9000}
"""
BUDGET = """spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app.kubernetes.io/name: {{ $name }}}
"""
SCALER = """spec:
  minReplicas: {{ $service.min }}
  maxReplicas: {{ $service.max }}
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $name }}}
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
"""
POLICY = """spec:
  podSelector:
    matchLabels: {app.kubernetes.io/name: {{ $name }}}
  policyTypes: [Ingress, Egress]
  egress:
{{- range $service.calls }}
    - to: [{podSelector: {matchLabels: {app.kubernetes.io/name: {{ . }}}}}]
      ports: [{port: 50051}]
{{- end }}
"""
CONFIG = """data:
  wiring.json: |
    {"service": "{{ $name }}", "calls": {
    {{- range $service.calls }}
      "{{ . }}": {"target": "dns:///{{ . }}.bench.svc.cluster.local:50051", "deadline": "{{ $service.deadline }}"},
    {{- end }}
      "": {}}}
"""
TOPIC = """spec:
  partitions: 18
  replicas: 3
  config: {min.insync.replicas: 2}
"""
KINDS = {
    "deployment": ("apps/v1", "Deployment", DEPLOYMENT),
    "service": ("v1", "Service", SERVICE),
    "account": ("v1", "ServiceAccount", "automountServiceAccountToken: false\n"),
    "budget": ("policy/v1", "PodDisruptionBudget", BUDGET),
    "scaler": ("autoscaling/v2", "HorizontalPodAutoscaler", SCALER),
    "policy": ("networking.k8s.io/v1", "NetworkPolicy", POLICY),
    "config": ("v1", "ConfigMap", CONFIG),
}


def write(folder: Path, services: int) -> Path:
    """The chart of a system of that many services."""
    templates = folder / "templates"
    templates.mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: bench\nversion: 1.0.0\n")
    (folder / "values.yaml").write_text(_values(services))
    (templates / "_labels.tpl").write_text(LABELS)
    probes = "".join(PROBE.format(name=name, path=path) for name, path in _PROBES)
    for name, (version, kind, body) in KINDS.items():
        text = HEAD.format(version=version, kind=kind) + body.replace("PROBES", probes)
        (templates / f"{name}.yaml").write_text(_ranged("services", text))
    topic = HEAD.format(version="kafka.strimzi.io/v1", kind="KafkaTopic") + TOPIC
    (templates / "topic.yaml").write_text(_ranged("topics", topic))
    return folder


_PROBES = (("startup", "startup"), ("readiness", "ready"), ("liveness", "live"))


def _ranged(over: str, text: str) -> str:
    return f"{{{{- range $name, $service := .Values.{over} }}}}\n{text}{{{{- end }}}}\n"


def _values(services: int) -> str:
    names = [f"s{index:05}" for index in range(services)]
    lines = ["services:"]
    for index, name in enumerate(names):
        calls = ", ".join(systems.callees(names, index))
        lines += [
            f"  {name}:",
            "    cpu: 100m",
            "    memory: 128Mi",
            "    min: 2",
            "    max: 6",
            "    deadline: 2s",
            f"    calls: [{calls}]",
        ]
    lines.append("topics:")
    lines += [f"  t{index:05}-happened: {{}}" for index in range(0, services, 2)]
    return "\n".join(lines) + "\n"

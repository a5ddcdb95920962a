"""Examples to copy. Each is tested: it loads as it stands."""

CONFIGURATION = """\
slack: {channel: "#deploys"}         # where the cards go; invite the bot there
clusters:
  main: {context: my-cluster}        # a context of your kubeconfig
roles:
  deployer: ["*"]                    # everybody; or "@group", a user id, an e-mail address
  approver: ["*"]
strategies:
  careful:
    canary:
      steps:
        - setWeight: 10
        - pause: {duration: 1m}
        - gate: {approvals: 1, from: [approver]}
        - setWeight: 50
        - pause: {duration: 1m}
apps:
  checkout:
    image: ghcr.io/stefanprodan/podinfo   # without a tag
    environments:
      prod:
        cluster: main
        namespace: shop
        workload: {deployment: checkout, container: web}
        traffic:
          nginx: {ingress: checkout, stableService: checkout, canaryService: checkout-canary}
        strategy: careful
        ownApproval: true            # to try it alone; take it out when you are two
"""
"""A configuration for the first rollout: the app of `manifests/example`, nothing measured."""

STRATEGY = """\
canary:
  maxSurge: 25%
  maxUnavailable: 0
  progressDeadlineSeconds: 600
  analysis:                          # beside the steps, from startingStep on (0 is the first)
    templates: [{templateName: success-rate}]
    args: [{name: pods, valueFrom: {podTemplateHashValue: Latest}}]
    startingStep: 2
  steps:
    - setCanaryScale: {replicas: 2}
    - setWeight: 10
    - pause: {duration: 5m}
    - analysis:
        templates: [{templateName: success-rate}]
        args: [{name: pods, valueFrom: {podTemplateHashValue: Latest}}]
    - gate: {approvals: 2, from: [approver], deadline: 4h, onDeadline: abort}
    - setCanaryScale: {matchTrafficWeight: true}
    - setWeight: 50
    - pause: {}
"""
"""A canary with every kind of step."""

TEMPLATE = """\
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: success-rate
  annotations: {leadsman.dev/units: "success-rate=ratio"}
spec:
  args:
    - name: pods
  metrics:
    - name: success-rate
      interval: 1m
      count: 5
      initialDelay: 30s
      failureLimit: 1
      successCondition: result[0] >= 0.99
      provider:
        prometheus:
          query: |
            sum(rate(http_requests_total{pod_template_hash="{{args.pods}}",status!~"5.."}[1m]))
            / sum(rate(http_requests_total{pod_template_hash="{{args.pods}}"}[1m]))
"""
"""A template that measures the pods of one version."""

ARGO = """\
slack: {channel: "#deploys"}
clusters:
  main: {context: my-cluster}
roles:
  deployer: ["*"]
  approver: ["*"]
apps:
  checkout:
    image: ghcr.io/stefanprodan/podinfo
    environments:
      prod:
        cluster: main
        namespace: shop
        workload: {rollout: checkout, container: web}
        gate: {approvals: 2, from: [approver], deadline: 4h, onDeadline: hold}
"""
"""A configuration for an app that Argo Rollouts walks."""

{{- define "haprobe.name" -}}
{{- if contains .Chart.Name .Release.Name -}}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{- else -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "haprobe.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "haprobe.labels" -}}
{{ include "haprobe.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "haprobe.securityContext" -}}
runAsUser: 10001
runAsGroup: 10001
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* What a pod has besides its containers and volumes. */}}
{{- define "haprobe.pod" -}}
automountServiceAccountToken: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Of the kubelet's probes, which do not verify the certificate. */}}
{{- define "haprobe.scheme" -}}
{{- if (index .Values.config "tls") -}}HTTPS{{- else -}}HTTP{{- end -}}
{{- end -}}

{{- define "haprobe.container" -}}
name: haprobe
image: {{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [serve, --config, /etc/haprobe/haprobe.yaml]
ports:
  - {name: http, containerPort: 8405}
securityContext: {{- include "haprobe.securityContext" . | nindent 2 }}
resources: {{- toYaml .Values.resources | nindent 2 }}
livenessProbe:
  httpGet: {path: /livez, port: http, scheme: {{ include "haprobe.scheme" . }}}
  timeoutSeconds: 5
volumeMounts:
  - {name: config, mountPath: /etc/haprobe, readOnly: true}
  - {name: data, mountPath: /var/lib/haprobe}
  {{- if .Values.secrets }}
  - {name: secrets, mountPath: /etc/haprobe-secrets, readOnly: true}
  {{- end }}
{{- end -}}

{{- define "haprobe.volumes" -}}
- name: config
  configMap: {name: {{ include "haprobe.name" . }}}
{{- if .Values.secrets }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range .Values.secrets }}
      - secret: {name: {{ . }}}
      {{- end }}
{{- end }}
{{- end -}}
